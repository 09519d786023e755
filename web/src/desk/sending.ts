// Writing into a conversation. A message keeps its id however often it is sent: it arrives once.
import { newId } from '../shared/newId';
import { SendQueue } from '../shared/sendQueue';
import type { Picture } from '../shared/types';
import * as api from './api';
import { delivered, discarded, failed, received, sending } from './conversation';
import type { Entry, Outgoing } from './conversation';
import { dropUnsent, keepUnsent, putBack } from './drafts';
import { sentenceOf } from './http';
import { changeConversation, conversationOf, current, dismissAbout, say } from './store';
import type { Message } from './types';

const queues = new Map<number, SendQueue>();

function queueOf(ticket: number): SendQueue {
  const queue = queues.get(ticket) ?? new SendQueue();
  queues.set(ticket, queue);
  return queue;
}

export function sendText(ticket: number, text: string): void {
  dismissAbout(ticket); // that the customer waits for an answer, for one
  void send(ticket, newId(), { text }, null);
}

export function sendPicture(ticket: number, blob: Blob, picture: Picture): void {
  void send(ticket, newId(), { picture: blob }, picture);
}

export function resend(ticket: number, { message, outgoing }: Entry): void {
  if (outgoing) void send(ticket, message.id, outgoing, message.picture);
}

export function discard(ticket: number, { message }: Entry): void {
  if (message.picture) URL.revokeObjectURL(message.picture.url);
  dropUnsent(ticket, message.id);
  changeConversation(ticket, (now) => discarded(now, message.id));
}

/** Take back what the customer may have read already. */
export async function recall(ticket: number, { message }: Entry): Promise<void> {
  try {
    const messages = await api.recallMessage(ticket, message.id);
    changeConversation(ticket, (now) => received(now, messages));
  } catch (error) {
    say(sentenceOf(error), 'problem');
  }
}

/** Take a message that was not sent back into the composer. */
export function edit(ticket: number, entry: Entry): void {
  putBack(ticket, entry.message.text);
  discard(ticket, entry);
}

async function send(
  ticket: number,
  id: string,
  outgoing: Outgoing,
  picture: Picture | null,
): Promise<void> {
  const agent = current().me?.agent;
  // Waiting for its turn, it must not go out in the name of whoever logs in next.
  const isTheirs = () => current().me?.agent.id === agent?.id;
  changeConversation(ticket, (now) => sending(now, id, outgoing, picture, agent?.name ?? ''));
  // Pictures are too large to be kept.
  if ('text' in outgoing) keepUnsent(ticket, { id, text: outgoing.text });
  try {
    const messages = await queueOf(ticket).add(id, async () =>
      isTheirs() ? post(ticket, id, outgoing) : [],
    );
    if (!isTheirs()) return;
    changeConversation(ticket, (now) => delivered(now, id, messages));
    dropUnsent(ticket, id);
    if (picture && messages.length > 0) URL.revokeObjectURL(picture.url);
    spend(ticket);
  } catch (error) {
    if (!isTheirs()) return;
    changeConversation(ticket, (now) => failed(now, id, sentenceOf(error)));
  }
}

function post(ticket: number, id: string, outgoing: Outgoing): Promise<Message[]> {
  return 'text' in outgoing
    ? api.sendText(ticket, id, outgoing.text)
    : api.sendPicture(ticket, id, outgoing.picture);
}

/** The server tells the quota with the ticket only; in between we count along. */
function spend(ticket: number): void {
  const quota = conversationOf(ticket).details?.quota;
  if (!quota) return;
  const left = Math.max(0, quota.left - 1);
  changeConversation(ticket, (now) =>
    now.details
      ? { ...now, details: { ...now.details, quota: { ...quota, left } } }
      : now,
  );
}
