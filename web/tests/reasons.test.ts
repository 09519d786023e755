import { expect, test } from 'vitest';
import { reasonOf } from '../src/desk/studio/api';
import { ApiError } from '../src/shared/http';

const refused = (problems: { reason: string }[]) =>
  new ApiError('有的地方写得不对，没有保存。', 422, 'invalid', 0, { error: {}, problems });

test('a lead reads why a sentence is refused, not only that something is wrong', () => {
  expect(reasonOf(refused([{ reason: '“****5678要退款”里有号码，没有保存' }]))).toBe(
    '“****5678要退款”里有号码，没有保存',
  );
});

test('the same reason is said once', () => {
  expect(reasonOf(refused([{ reason: '甲' }, { reason: '乙' }, { reason: '甲' }]))).toBe('甲；乙');
});

test('where the server says no reason, its sentence stands', () => {
  expect(reasonOf(refused([]))).toBe('有的地方写得不对，没有保存。');
});
