// Writing into a conversation. A message keeps its id however often it is sent: it arrives once.
import { newId } from '../newId';
import * as api from './api';
import { delivered, discarded, failed, sending } from './conversation';
import type { Entry, Outgoing } from './conversation';
import { putBack } from './drafts';
import { sentenceOf } from './http';
import { changeConversation, conversationOf, current } from './store';
import type { Picture } from './types';

export function sendText(ticket: number, text: string): void {
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
  changeConversation(ticket, (now) => discarded(now, message.id));
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
  const name = current().me?.agent.name ?? '';
  changeConversation(ticket, (now) => sending(now, id, outgoing, picture, name));
  try {
    const messages = await ('text' in outgoing
      ? api.sendText(ticket, id, outgoing.text)
      : api.sendPicture(ticket, id, outgoing.picture));
    changeConversation(ticket, (now) => delivered(now, id, messages));
    if (picture && messages.length > 0) URL.revokeObjectURL(picture.url);
    spend(ticket);
  } catch (error) {
    changeConversation(ticket, (now) => failed(now, id, sentenceOf(error)));
  }
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
