// What was written and not sent: for the same conversation, and for no other.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../src/page/conversation';
import type { KeptPicture } from '../src/page/keptPictures';
import { UnsentStore } from '../src/page/unsent';

let kept: Map<string, string>;
let keptPictures: Map<string, KeptPicture & { conversation: string }>;
const storage = () => ({
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
});

const pictures = {
  put: (conversation: string, id: string, one: KeptPicture) =>
    void keptPictures.set(id, { ...one, conversation }),
  find: async (conversation: string, id: string) => {
    const one = keptPictures.get(id);
    return one?.conversation === conversation ? one : null;
  },
  remove: (id: string) => void keptPictures.delete(id),
  tidy: (conversation: string) =>
    keptPictures.forEach((one, id) => one.conversation !== conversation && keptPictures.delete(id)),
  clear: () => keptPictures.clear(),
};

const loaded = () => new UnsentStore(storage, pictures);

function entry(id: string, delivery: Entry['delivery'], outgoing: object = { text: id }): Entry {
  const message = { id, seq: null, from: 'customer', name: null, text: id, buttons: [], step: null, picture: null, time: 1 };
  return { message, delivery, outgoing: { id, ...outgoing } } as unknown as Entry;
}

function written(): UnsentStore {
  const store = loaded();
  store.belongsTo('a');
  store.writes('订单号是');
  store.shows([entry('1', 'sent'), entry('2', 'failed'), entry('3', 'sending', { button: 'token' })]);
  return store;
}

const blob = new Blob(['picture'], { type: 'image/png' });

function pictureEntry(delivery: Entry['delivery'], outgoing: Blob | null = blob): Entry {
  const { message, ...rest } = entry('4', delivery, { picture: outgoing });
  const picture = outgoing && { url: 'blob:', width: 3, height: 2 };
  return { ...rest, message: { ...message, text: '', picture } };
}

function withPicture(): UnsentStore {
  const store = loaded();
  store.belongsTo('a');
  store.shows([pictureEntry('failed')]);
  return store;
}

beforeEach(() => {
  kept = new Map();
  keptPictures = new Map();
});

it('comes back after a reload', () => {
  written();
  const { draft, unsent } = loaded().belongsTo('a');
  expect(draft).toBe('订单号是');
  expect(unsent.map((one) => one.outgoing)).toEqual([
    { id: '2', text: '2' },
    { id: '3', button: 'token' },
  ]);
});

it('is not for another conversation, and gone then', () => {
  written();
  expect(loaded().belongsTo('b')).toEqual({ draft: '', unsent: [] });
  expect(kept.size).toBe(0);
});

it('is forgotten when somebody else comes', () => {
  written().forget();
  expect(kept.size).toBe(0);
  expect(loaded().belongsTo('a').unsent).toEqual([]);
});

it('moves with who has just become known', () => {
  written().belongsTo('b');
  expect(loaded().belongsTo('b').draft).toBe('订单号是');
});

it('is not written before it is known whose it is', () => {
  const store = loaded();
  store.writes('订单号是');
  expect(kept.size).toBe(0);
  store.belongsTo('a');
  expect(kept.size).toBe(1);
});

it('leaves nothing behind once all is sent', () => {
  const store = written();
  store.writes('');
  store.shows([entry('2', 'sent')]);
  expect(kept.size).toBe(0);
});

describe('a picture', () => {
  it('comes back after a reload, and is gone once it is sent', async () => {
    withPicture();
    const store = loaded();
    store.shows([]);
    const { unsent } = store.belongsTo('a');
    expect(unsent).toMatchObject([{ outgoing: { id: '4', picture: null }, problem: null }]);
    store.shows([pictureEntry('failed', null)]);
    const { found, problem } = await store.lookFor('4');
    expect(found).toMatchObject({ blob, picture: { width: 3, height: 2 } });
    expect(problem.failure).toBe('connection');
    store.shows([pictureEntry('sending')]);
    expect(keptPictures.size).toBe(1);
    store.shows([pictureEntry('sent')]);
    expect([kept.size, keptPictures.size]).toEqual([0, 0]);
  });

  it('is gone when it had arrived after all', () => {
    withPicture();
    const store = loaded();
    store.belongsTo('a');
    store.shows([pictureEntry('sent', null)]);
    expect([kept.size, keptPictures.size]).toEqual([0, 0]);
  });

  it('has to be chosen again when it was not kept', async () => {
    withPicture();
    keptPictures.clear();
    const store = loaded();
    expect(store.belongsTo('a').unsent).toHaveLength(1);
    const { found, problem } = await store.lookFor('4');
    expect(found).toBeNull();
    expect(problem.sentence).toContain('重新选择');
    expect(problem.failure, 'cannot be sent again').toBe('refused');
  });

  it('is not for another conversation, and gone then', async () => {
    withPicture();
    const store = loaded();
    expect(store.belongsTo('b').unsent).toEqual([]);
    expect((await store.lookFor('4')).found).toBeNull();
    expect(keptPictures.size).toBe(0);
  });

  it('is forgotten when somebody else comes', () => {
    withPicture().forget();
    expect(keptPictures.size).toBe(0);
  });

  it('moves with who has just become known', () => {
    const store = withPicture();
    store.belongsTo('b');
    store.shows([pictureEntry('failed')]);
    expect(keptPictures.get('4')?.conversation).toBe('b');
  });
});

it.each(['', '{', 'null', '[]', '{"conversation":"a","draft":1,"unsent":[{"outgoing":{}}]}'])(
  'reads nothing from %j',
  (broken) => {
    kept.set('ok-kefu-unsent', broken);
    expect(loaded().belongsTo('a')).toEqual({ draft: '', unsent: [] });
  },
);

it('does without storage', () => {
  const store = new UnsentStore(() => {
    throw new Error('SecurityError');
  }, pictures);
  expect(store.belongsTo('a')).toEqual({ draft: '', unsent: [] });
  store.writes('订单号是');
  store.forget();
});
