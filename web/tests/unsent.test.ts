// What was written and not sent: for the same conversation, and for no other.
import { beforeEach, expect, it } from 'vitest';
import type { Entry } from '../src/page/conversation';
import { UnsentStore } from '../src/page/unsent';

let kept: Map<string, string>;
const storage = () => ({
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
});

function entry(id: string, delivery: Entry['delivery'], outgoing: object = { text: id }): Entry {
  const message = { id, seq: null, from: 'customer', name: null, text: id, buttons: [], step: null, picture: null, time: 1 };
  return { message, delivery, outgoing: { id, ...outgoing } } as unknown as Entry;
}

function written(): UnsentStore {
  const store = new UnsentStore(storage);
  store.belongsTo('a');
  store.writes('订单号是');
  store.shows([entry('1', 'sent'), entry('2', 'failed'), entry('3', 'sending', { button: 'token' })]);
  return store;
}

beforeEach(() => {
  kept = new Map();
});

it('comes back after a reload', () => {
  written();
  const { draft, unsent } = new UnsentStore(storage).belongsTo('a');
  expect(draft).toBe('订单号是');
  expect(unsent.map((one) => one.outgoing)).toEqual([
    { id: '2', text: '2' },
    { id: '3', button: 'token' },
  ]);
});

it('is not for another conversation, and gone then', () => {
  written();
  expect(new UnsentStore(storage).belongsTo('b')).toEqual({ draft: '', unsent: [] });
  expect(kept.size).toBe(0);
});

it('is forgotten when somebody else comes', () => {
  written().forget();
  expect(kept.size).toBe(0);
  expect(new UnsentStore(storage).belongsTo('a').unsent).toEqual([]);
});

it('moves with who has just become known', () => {
  written().belongsTo('b');
  expect(new UnsentStore(storage).belongsTo('b').draft).toBe('订单号是');
});

it('is not written before it is known whose it is', () => {
  const store = new UnsentStore(storage);
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

it('leaves pictures aside', () => {
  const store = written();
  store.writes('');
  store.shows([entry('4', 'failed', { picture: new Blob() })]);
  expect(kept.size).toBe(0);
});

it.each(['', '{', 'null', '[]', '{"conversation":"a","draft":1,"unsent":[{"outgoing":{}}]}'])(
  'reads nothing from %j',
  (broken) => {
    kept.set('ok-kefu-unsent', broken);
    expect(new UnsentStore(storage).belongsTo('a')).toEqual({ draft: '', unsent: [] });
  },
);

it('does without storage', () => {
  const store = new UnsentStore(() => {
    throw new Error('SecurityError');
  });
  expect(store.belongsTo('a')).toEqual({ draft: '', unsent: [] });
  store.writes('订单号是');
  store.forget();
});
