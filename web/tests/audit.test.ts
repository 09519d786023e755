import { expect, test } from 'vitest';
import { detailOf } from '../src/desk/audit';
import type { AuditEntry } from '../src/desk/types';

const read = (action: string, detail: string) =>
  detailOf({ id: 1, time: 0, agent: 'lin', action, ticket: null, detail } as AuditEntry, {
    agents: [],
    intents: [{ name: 'bank_card', title: '银行卡绑定' }],
  });

test('a lead reads in the log what was changed by its title, not by the names of files', () => {
  expect(read('edit content', 'bank_card: 答案')).toBe('银行卡绑定：答案');
  expect(read('edit content', 'kai_fa_piao: 整个话题')).toBe('话题：整个话题');
  expect(read('undo content', '=sentences: 例句 › 怎么退款: 快')).toBe('教过的句子：例句 › 怎么退款: 快');
});

test('and how many sentences were taken back in Chinese', () => {
  expect(read('undo label', '1 sentences')).toBe('1 句');
});
