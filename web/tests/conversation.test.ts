// The conversation as data: what is shown, in which order, however it comes.
import { describe, expect, it } from 'vitest';
import { answerable, awaitsAnswer, change, nothing } from '../src/page/conversation';
import type { Conversation, Event } from '../src/page/conversation';
import type { Message, Session, Status } from '../src/page/types';
import { ApiError } from '../src/shared/http';

const message = (id: string, seq: number | null, more: Partial<Message> = {}): Message => ({
  id,
  seq,
  from: 'bot',
  name: null,
  text: id,
  buttons: [],
  feedback: null,
  step: null,
  picture: null,
  time: 1,
  ...more,
});

const status = (speaker: Status['speaker']): Status => ({
  speaker,
  place: null,
  agent: null,
  rate: false,
  callback: null,
  hours: null,
});

const session = (messages: Message[], more: Partial<Session> = {}): Session => ({
  conversation: 'a',
  messages,
  status: status('bot'),
  limits: null,
  questions: [],
  links: [],
  ...more,
});

const opened = (messages: Message[], more: Partial<Session> = {}): Event => ({
  type: 'opened',
  session: session(messages, more),
  replace: false,
  unsent: [],
});

const sending = (id: string): Event => ({
  type: 'sending',
  outgoing: { id, text: id },
  shown: id,
  picture: null,
  time: 2,
});

const played = (...events: Event[]): Conversation => events.reduce(change, nothing);
const shown = (now: Conversation) => now.entries.map((entry) => entry.message.id);
const deliveries = (now: Conversation) => now.entries.map((entry) => entry.delivery);
const offline = new ApiError('没有发出去，请检查网络。', 0);

it('shows a message once, however often and in whatever order it comes', () => {
  const now = played(
    opened([message('1', 1)]),
    { type: 'received', messages: [message('3', 3)] },
    { type: 'received', messages: [message('2', 2), message('3', 3)] },
    opened([message('1', 1), message('2', 2), message('3', 3), message('4', 4)]),
  );
  expect(shown(now)).toEqual(['1', '2', '3', '4']);
});

it('keeps what waits to be sent at the end', () => {
  const now = played(opened([]), sending('mine'), { type: 'received', messages: [message('1', 1)] });
  expect(shown(now)).toEqual(['1', 'mine']);
});

it('takes a message for sent that the stream has brought back', () => {
  const recorded = message('mine', 1, { from: 'customer' });
  const now = played(
    opened([]),
    sending('mine'),
    { type: 'received', messages: [recorded] },
    { type: 'failed', id: 'mine', problem: offline },
  );
  expect(deliveries(now)).toEqual(['sent']);
});

describe('too fast', () => {
  const held = played(opened([]), sending('1'), sending('2'), { type: 'held' });

  it('holds all that is on its way, and what comes after', () => {
    expect(deliveries(change(held, sending('3')))).toEqual(['held', 'held', 'held']);
  });

  it('awaits no answer meanwhile', () => {
    expect(awaitsAnswer(held.entries)).toBe(false);
    expect(awaitsAnswer(change(held, { type: 'resumed' }).entries)).toBe(true);
  });
});

describe('after a reload', () => {
  const unsent = (id: string) => ({ outgoing: { id, text: id }, shown: id, time: 2, problem: offline });

  it('shows what was not sent, and can send it again', () => {
    const now = played({ ...opened([message('1', 1)]), unsent: [unsent('mine')] } as Event);
    expect(shown(now)).toEqual(['1', 'mine']);
    expect(now.entries[1]).toMatchObject({ delivery: 'failed', outgoing: { id: 'mine' } });
  });

  it('shows what had arrived after all as sent', () => {
    const recorded = message('mine', 1, { from: 'customer' });
    const now = played({ ...opened([recorded, message('2', 2)]), unsent: [unsent('mine')] } as Event);
    expect(shown(now)).toEqual(['mine', '2']);
    expect(deliveries(now)).toEqual(['sent', 'sent']);
  });

  describe('with a picture', () => {
    const picture = { url: 'blob:', width: 3, height: 2 };
    const left = { outgoing: { id: 'mine', picture: null }, shown: '', time: 2, problem: null };
    const back = { ...opened([message('1', 1)]), unsent: [left] } as Event;
    const found = { blob: new Blob(), picture };
    const lookedFor: Event = { type: 'looked_for', id: 'mine', found, problem: offline };

    it('shows it once it is found, and can send it again', () => {
      const now = played(back, lookedFor);
      const outgoing = { id: 'mine', picture: found.blob };
      expect(now.entries[1]).toMatchObject({ delivery: 'failed', outgoing, problem: offline });
      expect(now.entries[1]!.message.picture).toBe(picture);
    });

    it('says what is to be done when it is gone', () => {
      const now = played(back, { ...lookedFor, found: null });
      expect(now.entries[1]).toMatchObject({ delivery: 'failed', problem: offline });
    });

    it('shows that of the server when it had arrived after all', () => {
      const ofServer = { ...picture, url: '/api/pictures/1' };
      const recorded = message('mine', 2, { from: 'customer', text: '', picture: ofServer });
      const now = played(back, { type: 'received', messages: [recorded] }, lookedFor);
      expect(now.entries[1]).toEqual({ delivery: 'sent', message: recorded });
    });
  });
});

describe('a session that is gone', () => {
  const another = opened([], { conversation: 'b' });

  it('is told of in the middle of a human conversation', () => {
    const now = played(opened([message('1', 1)], { status: status('agent') }), another);
    expect(now.lost).toBe('agent');
    expect(shown(now)).toEqual(['1']);
    expect(change(now, { type: 'loss_seen' }).lost).toBeNull();
  });

  it('is told of when something was said', () => {
    const said = message('mine', 1, { from: 'customer' });
    expect(played(opened([said]), another).lost).toBe('bot');
  });

  it.each([
    ['nothing was said', [opened([message('welcome', null)]), another]],
    ['it is the same', [opened([], { status: status('agent') }), opened([])]],
    ['somebody else is here', [opened([], { status: status('agent') }), { ...another, replace: true }]],
    ['the server is older', [opened([], { status: status('agent') }), opened([], { conversation: null })]],
    ['cookies are refused', [opened([], { status: status('agent') }), another, { type: 'refused' }]],
  ] as [string, Event[]][])('is nobody’s business: %s', (_, events) => {
    expect(played(...events).lost).toBeNull();
  });
});

it('lets only the newest buttons be pressed', () => {
  const buttons = [{ title: '下一步', token: 't' }];
  const now = played(opened([message('1', 1, { buttons }), message('2', 2, { buttons })]));
  expect(answerable(now.entries)).toBe('2');
  const pressed = change(now, { ...sending('3'), outgoing: { id: '3', button: 't' } } as Event);
  expect(answerable(pressed.entries)).toBeNull();
  expect(answerable(change(pressed, { type: 'failed', id: '3', problem: offline }).entries)).toBe('2');
});
