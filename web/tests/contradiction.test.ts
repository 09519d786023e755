import { expect, test } from 'vitest';
import { contradictionOf } from '../src/desk/studio/teach/contradiction';

const near = (...intents: string[]) =>
  intents.map((intent, at) => ({ text: `${intent} ${at}`, intent, likeness: 0.9 - at / 100, taught: false }));

test('a lead who teaches 怎么找回密码 as a transfer is shown what the nearest sentences mean', () => {
  const found = contradictionOf(near('forgot', 'forgot', 'change', 'forgot', 'forgot', 'transfer'), 'transfer');
  expect(found).toEqual({ intent: 'forgot', sentences: ['forgot 0', 'forgot 1', 'forgot 3', 'forgot 4'] });
});

test('nothing is asked where a near sentence means the same', () => {
  expect(contradictionOf(near('forgot', 'forgot', 'forgot', 'transfer', 'forgot'), 'transfer')).toBeNull();
});

test('nothing is asked where the nearest mean this and that, or there are none', () => {
  expect(contradictionOf(near('forgot', 'change', 'pay', 'forgot', 'pay'), 'transfer')).toBeNull();
  expect(contradictionOf([], 'transfer')).toBeNull();
});
