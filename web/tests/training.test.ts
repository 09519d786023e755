import { expect, test } from 'vitest';
import { texts } from '../src/desk/studio/teach/texts';
import { isCancelled, minutesOf, usualMinutes } from '../src/desk/studio/teach/training';
import type { Version } from '../src/desk/studio/teach/types';

const MINUTE = 60;

const version = (given: Partial<Version>): Version => ({
  id: 1,
  agent: 'lin',
  time: 1_000,
  status: 'ready',
  stage: '',
  reason: '',
  cancelledBy: '',
  sentences: 0,
  regressions: [],
  finished: 0,
  ...given,
});
const trained = (minutes: number) => version({ finished: 1_000 + minutes * MINUTE });

test('a lead who waits for a training reads how long the last ones took', () => {
  const cancelled = version({ status: 'failed', reason: 'cancelled', finished: 1_000 + MINUTE });
  const usual = usualMinutes([version({ status: 'training' }), trained(14), cancelled, trained(19)]);
  expect(usual).toEqual({ least: 14, most: 19 });
  expect(texts.versions.underWay(3, usual)).toContain('已经 3 分钟，前几次用了 14 到 19 分钟');
});

test('before the first one, how long they take anywhere', () => {
  expect(usualMinutes([version({ status: 'training' })])).toBeNull();
  expect(texts.versions.underWay(3, null)).toContain('通常几分钟到十几分钟');
});

test('what somebody called off did not fail', () => {
  expect(isCancelled(version({ status: 'failed', reason: 'cancelled' }))).toBe(true);
  expect(isCancelled(version({ status: 'failed', reason: 'died' }))).toBe(false);
  expect(texts.versions.cancelledBy('林组长', 10)).toContain('已取消（林组长）');
});

test('a training that is under way counts until now', () => {
  expect(minutesOf(version({ status: 'training' }), 1_000 + 5.5 * MINUTE)).toBe(5);
  expect(minutesOf(trained(14), 1_000 + 99 * MINUTE)).toBe(14);
});
