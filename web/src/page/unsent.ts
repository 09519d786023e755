// What was written and not sent, kept over a reload of this tab. By conversation: never for the next.
import { ApiError } from '../shared/http';
import type { PreparedPicture } from '../shared/picture';
import { fields, isText, list, numberOr, text } from '../shared/reading';
import type { Entry } from './conversation';
import { KeptPictures } from './keptPictures';
import { texts } from './texts';
import type { MissingPicture, Outgoing } from './types';

const KEY = 'ok-kefu-unsent';
/** More would be no draft but a document; storage has its limits. */
const LONGEST = 100_000;

export interface Unsent {
  /** A picture is looked for once it is shown that there was one. */
  outgoing: Exclude<Outgoing, { picture: Blob }> | MissingPicture;
  /** What it looks like on the screen. */
  shown: string;
  time: number;
  problem: ApiError | null;
}

type Kept = Omit<Unsent, 'problem'>;

/** Writes as things change; reads once a conversation is known to be the same as before. */
export class UnsentStore {
  private owner: string | null = null;
  private draft = '';
  private unsent: Kept[] = [];
  /** Ids of those that are kept for this conversation. */
  private readonly keptPictures = new Set<string>();

  constructor(
    private readonly storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
    private readonly pictures: Pick<KeptPictures, 'put' | 'find' | 'remove' | 'tidy' | 'clear'>,
  ) {}

  /** It is this conversation that is written in from now on; returns what it had left over. */
  belongsTo(conversation: string | null): { draft: string; unsent: Unsent[] } {
    const known = this.owner === conversation;
    this.owner = conversation;
    const kept = known || conversation === null ? null : this.read(conversation);
    if (!known) this.keptPictures.clear();
    if (!known && conversation !== null) this.pictures.tidy(conversation);
    for (const { outgoing } of kept?.unsent ?? []) {
      if ('picture' in outgoing) this.keptPictures.add(outgoing.id);
    }
    this.save();
    return {
      draft: kept?.draft ?? '',
      unsent: (kept?.unsent ?? []).map((one) => ({
        ...one,
        problem: 'picture' in one.outgoing ? null : new ApiError(texts.problem.left, 0),
      })),
    };
  }

  /** A picture of before, if it is still there; and what to say of it. */
  async lookFor(id: string): Promise<{ found: PreparedPicture | null; problem: ApiError }> {
    const kept = this.owner === null ? null : await this.pictures.find(this.owner, id);
    if (!kept) return { found: null, problem: new ApiError(texts.problem.pictureGone, 410) };
    const { blob, width, height } = kept;
    const picture = { url: URL.createObjectURL(blob), width, height };
    return { found: { blob, picture }, problem: new ApiError(texts.problem.left, 0) };
  }

  writes(draft: string): void {
    this.draft = draft;
    this.save();
  }

  shows(entries: Entry[]): void {
    this.unsent = entries.flatMap(({ message, delivery, outgoing }) => {
      if (delivery === 'sent' || !outgoing) return [];
      const { id, text: shown, time } = message;
      return [{ outgoing: 'picture' in outgoing ? { id, picture: null } : outgoing, shown, time }];
    });
    this.save();
    this.keepPictures(entries);
  }

  /** Somebody else is here. */
  forget(): void {
    this.owner = null;
    this.draft = '';
    this.unsent = [];
    this.keptPictures.clear();
    this.pictures.clear();
    this.change((storage) => storage.removeItem(KEY));
  }

  private keepPictures(entries: Entry[]): void {
    if (this.owner === null) return;
    const unsent = new Set(this.unsent.map(({ outgoing }) => outgoing.id));
    for (const id of this.keptPictures) {
      if (unsent.has(id)) continue;
      this.keptPictures.delete(id);
      this.pictures.remove(id);
    }
    for (const { message, outgoing } of entries) {
      const { id, picture, time } = message;
      if (!unsent.has(id) || this.keptPictures.has(id) || !picture) continue;
      if (!outgoing || !('picture' in outgoing) || !outgoing.picture) continue;
      const { width, height } = picture;
      this.keptPictures.add(id);
      this.pictures.put(this.owner, id, { blob: outgoing.picture, width, height, time });
    }
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
  const { id, text: words, button, picture } = fields(outgoing);
  if (!isText(id) || !isText(shown)) return null;
  const at = numberOr(time, Date.now() / 1000);
  if (isText(words)) return { outgoing: { id, text: words }, shown, time: at };
  if (isText(button)) return { outgoing: { id, button }, shown, time: at };
  if (picture === null) return { outgoing: { id, picture }, shown, time: at };
  return null;
}

export const unsentStore = new UnsentStore(
  () => sessionStorage,
  new KeptPictures(() => indexedDB),
);
