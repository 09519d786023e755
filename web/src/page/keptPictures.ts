// Pictures that were not sent, kept over a reload: too large for sessionStorage, which only knows their ids
// (unsent.ts). Without IndexedDB, or when it is full, nothing is kept, and nothing else happens.
import { fields, numberOr } from '../shared/reading';

const NAME = 'ok-kefu-unsent';
const STORE = 'pictures';
const LONGEST_S = 24 * 3600;
/** IndexedDB of some Safaris never answers. */
const PATIENCE_MS = 5000;

export interface KeptPicture {
  blob: Blob;
  width: number;
  height: number;
  /** When it was written, in seconds. */
  time: number;
}

export class KeptPictures {
  /** One thing after the other: what is taken out must not come in afterwards. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly factory: () => IDBFactory) {}

  put(conversation: string, id: string, picture: KeptPicture): void {
    void this.use('readwrite', (store) => store.put({ ...picture, id, conversation }));
  }

  async find(conversation: string, id: string): Promise<KeptPicture | null> {
    const found = this.use('readonly', (store) => store.get(id));
    const tooLate = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    return toKeptPicture(await Promise.race([found, tooLate]), conversation, Date.now() / 1000);
  }

  remove(id: string): void {
    void this.use('readwrite', (store) => store.delete(id));
  }

  /** Leave nothing of before, and nothing of other conversations: a browser has one customer at a time. */
  tidy(conversation: string): void {
    const now = Date.now() / 1000;
    void this.use('readwrite', (store) => {
      const all = store.openCursor();
      all.onsuccess = () => {
        const one = all.result;
        if (!one) return;
        if (!toKeptPicture(one.value, conversation, now)) one.delete();
        one.continue();
      };
      return all;
    });
  }

  clear(): void {
    void this.use('readwrite', (store) => store.clear());
  }

  /** What the work has brought, once it is certain; undefined if it has failed. */
  private use(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const done = this.last.then(async () => {
      const database = await open(this.factory);
      try {
        return await finished(database.transaction(STORE, mode), work);
      } finally {
        database.close();
      }
    });
    this.last = done.catch(() => undefined);
    return this.last;
  }
}

function open(factory: () => IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = factory().open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: 'id' });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

function finished(
  transaction: IDBTransaction,
  work: (store: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    transaction.onabort = () => reject(transaction.error);
    const asked = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(asked.result);
  });
}

/** Read what was kept; null if it is another conversation's, or too old. */
export function toKeptPicture(value: unknown, conversation: string, now: number): KeptPicture | null {
  const it = fields(value);
  const time = numberOr(it.time, 0);
  // A clock that was put back must not keep it for longer.
  const isOld = Math.abs(now - time) > LONGEST_S;
  if (it.conversation !== conversation || isOld || !(it.blob instanceof Blob)) return null;
  return { blob: it.blob, width: numberOr(it.width, 4), height: numberOr(it.height, 3), time };
}
