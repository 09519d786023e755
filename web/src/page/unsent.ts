// What was written and not sent, kept over a reload of this tab. By conversation: never for the next.
import { ApiError } from '../shared/http';
import { fields, isText, list, numberOr, text } from '../shared/reading';
import type { Entry } from './conversation';
import { texts } from './texts';
import type { Outgoing } from './types';

const KEY = 'ok-kefu-unsent';
/** More would be no draft but a document; storage has its limits. */
const LONGEST = 100_000;

export interface Unsent {
  outgoing: Outgoing;
  /** What it looks like on the screen. */
  shown: string;
  time: number;
  problem: ApiError;
}

type Kept = Omit<Unsent, 'problem'>;

/** Writes as things change; reads once a conversation is known to be the same as before. */
export class UnsentStore {
  private owner: string | null = null;
  private draft = '';
  private unsent: Kept[] = [];

  constructor(private readonly storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>) {}

  /** It is this conversation that is written in from now on; returns what it had left over. */
  belongsTo(conversation: string | null): { draft: string; unsent: Unsent[] } {
    const known = this.owner === conversation;
    this.owner = conversation;
    const kept = known || conversation === null ? null : this.read(conversation);
    this.save();
    return {
      draft: kept?.draft ?? '',
      unsent: (kept?.unsent ?? []).map((one) => ({
        ...one,
        problem: new ApiError(texts.problem.left, 0),
      })),
    };
  }

  writes(draft: string): void {
    this.draft = draft;
    this.save();
  }

  shows(entries: Entry[]): void {
    this.unsent = entries.flatMap(({ message, delivery, outgoing }) => {
      // Pictures are too large to be kept.
      if (delivery === 'sent' || !outgoing || 'picture' in outgoing) return [];
      return [{ outgoing, shown: message.text, time: message.time }];
    });
    this.save();
  }

  /** Somebody else is here. */
  forget(): void {
    this.owner = null;
    this.draft = '';
    this.unsent = [];
    this.change((storage) => storage.removeItem(KEY));
  }

  private save(): void {
    const { owner, draft, unsent } = this;
    if (owner === null) return;
    const isEmpty = !draft.trim() && unsent.length === 0;
    const data = JSON.stringify({ conversation: owner, draft, unsent });
    this.change((storage) => {
      if (isEmpty || data.length > LONGEST) storage.removeItem(KEY);
      else storage.setItem(KEY, data);
    });
  }

  private change(work: (storage: Pick<Storage, 'setItem' | 'removeItem'>) => void): void {
    try {
      work(this.storage());
    } catch {
      // Storage can be switched off or full; then it lasts until reloading.
    }
  }

  private read(conversation: string): { draft: string; unsent: Kept[] } | null {
    try {
      const it = fields(JSON.parse(this.storage().getItem(KEY) ?? 'null'));
      if (it.conversation !== conversation) return null;
      return { draft: text(it.draft), unsent: list(it.unsent, toKept) };
    } catch {
      return null;
    }
  }
}

function toKept(value: unknown): Kept | null {
  const { outgoing, shown, time } = fields(value);
  const { id, text: words, button } = fields(outgoing);
  if (!isText(id) || !isText(shown)) return null;
  const at = numberOr(time, Date.now() / 1000);
  if (isText(words)) return { outgoing: { id, text: words }, shown, time: at };
  if (isText(button)) return { outgoing: { id, button }, shown, time: at };
  return null;
}

export const unsentStore = new UnsentStore(() => sessionStorage);
