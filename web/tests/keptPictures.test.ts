// Pictures over a reload: whose, for how long, and what if the browser does not keep them.
import { afterEach, expect, it, vi } from 'vitest';
import { KeptPictures, toKeptPicture } from '../src/page/keptPictures';

const DAY = 24 * 3600;
const picture = { blob: new Blob(['picture']), width: 3, height: 2, time: 10 * DAY };
const record = { ...picture, id: '1', conversation: 'a' };

afterEach(() => void vi.useRealTimers());

it('reads what was kept', () => {
  expect(toKeptPicture(record, 'a', 10 * DAY + 60)).toEqual(picture);
});

it.each([
  ['of another conversation', { ...record, conversation: 'b' }],
  ['of the day before', { ...record, time: 9 * DAY - 1 }],
  ['of a clock that was put back', { ...record, time: 12 * DAY }],
  ['without a picture', { ...record, blob: 'picture' }],
  ['without anything', undefined],
])('reads nothing %s', (_, value) => {
  expect(toKeptPicture(value, 'a', 10 * DAY)).toBeNull();
});

it('does without IndexedDB', async () => {
  const pictures = new KeptPictures(() => {
    throw new Error('SecurityError');
  });
  pictures.tidy('a');
  pictures.put('a', '1', picture);
  expect(await pictures.find('a', '1')).toBeNull();
  pictures.remove('1');
  pictures.clear();
});

it('does not wait for ever', async () => {
  vi.useFakeTimers();
  const silent = { open: () => ({}) } as unknown as IDBFactory;
  const found = new KeptPictures(() => silent).find('a', '1');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await found).toBeNull();
});
