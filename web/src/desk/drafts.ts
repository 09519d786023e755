// What is being written, and what was written and not sent, per ticket. Kept over a reload of this tab, for the
// same agent; gone with the tab and with a logout: a shared computer must not keep customers' matters.
import { fields, isRecord, isText, list } from '../shared/reading';

const KEY = 'ok-desk-drafts';

export interface Unsent {
  id: string;
  text: string;
}

let owner: number | null = null;
let drafts = new Map<string, string>();
let unsent = new Map<number, Unsent[]>();

type Kind = 'reply' | 'note';

export function keepDraftsOf(agent: number | null): void {
  if (agent === owner) return;
  const isReload = owner === null;
  owner = agent;
  drafts = new Map();
  unsent = new Map();
  if (isReload && agent !== null) read(agent);
  save();
}

export const draftOf = (ticket: number, kind: Kind = 'reply'): string =>
  drafts.get(`${kind} ${ticket}`) ?? '';

export function keepDraft(ticket: number, text: string, kind: Kind = 'reply'): void {
  if (text) drafts.set(`${kind} ${ticket}`, text);
  else drafts.delete(`${kind} ${ticket}`);
  save();
}

export const unsentOf = (ticket: number): Unsent[] => unsent.get(ticket) ?? [];

export function keepUnsent(ticket: number, message: Unsent): void {
  unsent.set(ticket, [...unsentOf(ticket).filter(({ id }) => id !== message.id), message]);
  save();
}

/** It arrived, or is not to be sent any more. */
export function dropUnsent(ticket: number, id: string): void {
  const rest = unsentOf(ticket).filter((one) => one.id !== id);
  if (rest.length > 0) unsent.set(ticket, rest);
  else unsent.delete(ticket);
  save();
}

function save(): void {
  try {
    if (drafts.size + unsent.size === 0) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify({ owner, drafts: [...drafts], unsent: [...unsent] }));
  } catch {
    // Storage can be switched off or full; then it lasts until reloading.
  }
}

function read(agent: number): void {
  try {
    const kept = fields(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'));
    if (kept.owner !== agent) return;
    drafts = new Map(list(kept.drafts, toDraft));
    unsent = new Map(list(kept.unsent, toUnsent));
  } catch {
    // Nothing that can be read was kept.
  }
}

function toDraft(value: unknown): [string, string] | null {
  const [key, text] = Array.isArray(value) ? (value as unknown[]) : [];
  return isText(key) && isText(text) ? [key, text] : null;
}

function toUnsent(value: unknown): [number, Unsent[]] | null {
  const [ticket, messages] = Array.isArray(value) ? (value as unknown[]) : [];
  const read = list(messages, (one) =>
    isRecord(one) && isText(one.id) && isText(one.text) ? { id: one.id, text: one.text } : null,
  );
  return typeof ticket === 'number' ? [ticket, read] : null;
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
