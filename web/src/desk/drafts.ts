// What is being written, per ticket. In memory only: a shared computer must not keep customers' matters.
let owner: number | null = null;
const drafts = new Map<string, string>();

type Kind = 'reply' | 'note';

export function keepDraftsOf(agent: number | null): void {
  if (agent !== owner) drafts.clear();
  owner = agent;
}

export const draftOf = (ticket: number, kind: Kind = 'reply'): string =>
  drafts.get(`${kind} ${ticket}`) ?? '';

export function keepDraft(ticket: number, text: string, kind: Kind = 'reply'): void {
  if (text) drafts.set(`${kind} ${ticket}`, text);
  else drafts.delete(`${kind} ${ticket}`);
}

let composer: { ticket: number; put: (text: string) => void } | null = null;

/** The composer on the screen; returns what takes it away again. */
export function onPutBack(ticket: number, put: (text: string) => void): () => void {
  const mine = { ticket, put };
  composer = mine;
  return () => {
    if (composer === mine) composer = null;
  };
}

/** Put a message that cannot be sent as it is back where it was written, after what is there by now. */
export function putBack(ticket: number, text: string): void {
  const joined = [draftOf(ticket), text].filter(Boolean).join('\n');
  keepDraft(ticket, joined);
  if (composer?.ticket === ticket) composer.put(joined);
}
