// What arrives is checked: one odd field must not blank the page.
import { describe, expect, it } from 'vitest';
import { toMessage, toSession, toStatus, toTyping } from '../src/page/reading';
import { splitStepText } from '../src/page/stepText';
import { backoff } from '../src/shared/backoff';
import { SendQueue } from '../src/shared/sendQueue';

describe('a message', () => {
  it.each([null, 1, 'x', [], {}, { id: 1, from: 'bot' }, { id: '1', from: 'nobody' }])('is not %j', (value) =>
    expect(toMessage(value)).toBeNull(),
  );

  it('leaves out what cannot be read', () => {
    const read = toMessage({
      id: '1',
      from: 'agent',
      seq: 'x',
      name: ' ',
      text: 5,
      buttons: [{ title: '好' }, { title: '好', token: 't' }],
      step: { index: '1' },
      picture: { url: 'https://evil.example/x.png' },
    });
    expect(read).toMatchObject({ seq: null, name: null, text: '', step: null, picture: null });
    expect(read?.buttons).toEqual([{ title: '好', token: 't' }]);
  });
});

it('reads an older server’s session', () => {
  expect(toSession({ messages: [] })).toEqual({
    conversation: null,
    messages: [],
    status: null,
    limits: null,
    questions: [],
    links: [],
  });
  expect(toSession({})).toBeNull();
});

it('reads who speaks', () => {
  expect(toStatus({ speaker: 'left_message', hours: '周一' })).toMatchObject({ speaker: 'left_message', hours: '周一' });
  expect(toStatus({ speaker: 'parrot' })).toBeNull();
  expect(toTyping({ from: 'customer', on: true })).toBeNull();
});

it.each([
  ['【申请退款】第 2/5 步 · 准备凭证\n找到订单。', { lead: '', body: '找到订单。' }],
  ['好的，我们从头开始。\n【申请退款】第 1/5 步 · 打开\n点开。\n再点。', { lead: '好的，我们从头开始。', body: '点开。\n再点。' }],
  ['只有一句话', { lead: '', body: '只有一句话' }],
])('takes the header out of %j', (text, parts) => expect(splitStepText(text)).toEqual(parts));

it('waits longer after more failures, within bounds', () => {
  for (let failures = 0; failures < 40; failures++) {
    const wait = backoff(failures);
    expect(wait).toBeGreaterThanOrEqual(1000);
    expect(wait).toBeLessThanOrEqual(Math.min(30_000, 1000 * 2 ** failures));
  }
});

describe('messages of one conversation', () => {
  it('go out one after the other, also past one that fails', async () => {
    const queue = new SendQueue();
    const order: string[] = [];
    const first = queue.add('1', async () => {
      order.push('1');
      throw new Error('lost');
    });
    const second = queue.add('2', async () => order.push('2'));
    await expect(first).rejects.toThrow('lost');
    await second;
    expect(order).toEqual(['1', '2']);
  });

  it('need not wait for the answer to one that has arrived', async () => {
    const queue = new SendQueue();
    void queue.add('1', () => new Promise(() => undefined));
    const second = queue.add('2', async () => 'sent');
    queue.arrived('1');
    expect(await second).toBe('sent');
  });
});
