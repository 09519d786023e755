// The conversation as data: what is shown, and how each event changes it. No React, no network.
import type { ApiError } from './api';
import type { Message, Outgoing } from './types';

export type Delivery = 'sending' | 'sent' | 'failed';

export interface Entry {
  message: Message;
  delivery: Delivery;
  /** What to send again; only for messages sent from this page since it was loaded. */
  outgoing?: Outgoing;
  /** Why it was not delivered. */
  problem?: ApiError;
}

export interface Conversation {
  entries: Entry[];
  session: 'opening' | 'open' | 'failed';
  /** Whether the last request reached the server. */
  reachable: boolean;
}

export type Event =
  | { type: 'opening' }
  | { type: 'opened'; history: Message[] }
  | { type: 'open_failed' }
  | { type: 'sending'; outgoing: Outgoing; shown: string; time: number }
  | { type: 'delivered'; id: string }
  | { type: 'failed'; id: string; problem: ApiError }
  /** Replies to a message; a live push would arrive here, too. */
  | { type: 'received'; messages: Message[] }
  | { type: 'taken_back'; id: string }
  | { type: 'back_online' };

export const nothing: Conversation = { entries: [], session: 'opening', reachable: true };

export function change(now: Conversation, event: Event): Conversation {
  switch (event.type) {
    case 'opening':
      return { ...now, session: 'opening' };
    case 'opened':
      return {
        entries: restore(now.entries, event.history),
        session: 'open',
        reachable: true,
      };
    case 'open_failed':
      return { ...now, session: 'failed', reachable: false };
    case 'sending': {
      const { id } = event.outgoing;
      const before = now.entries.find((entry) => entry.message.id === id);
      const entry: Entry = {
        message: {
          ...(before?.message ?? { from: 'customer', text: event.shown, buttons: [], step: null }),
          id,
          time: event.time,
        } as Message,
        delivery: 'sending',
        outgoing: event.outgoing,
      };
      // A message sent again moves to the end, where its answer will stand.
      return { ...now, entries: [...without(now.entries, id), entry] };
    }
    case 'delivered':
      return { ...now, reachable: true, entries: mark(now.entries, event.id, 'sent') };
    case 'failed':
      return {
        ...now,
        reachable: event.problem.failure !== 'connection',
        entries: mark(now.entries, event.id, 'failed', event.problem),
      };
    case 'received':
      return { ...now, entries: [...now.entries, ...unknown(now.entries, event.messages)] };
    case 'taken_back':
      return { ...now, entries: without(now.entries, event.id) };
    case 'back_online':
      return { ...now, reachable: true };
  }
}

/** Bring in the server's history; what waits to be sent stays at the end. */
function restore(entries: Entry[], history: Message[]): Entry[] {
  const ids = new Set(history.map((message) => message.id));
  const kept = entries.map((entry) =>
    // It had arrived after all; only the answer was lost on the way.
    entry.delivery === 'failed' && ids.has(entry.message.id) ? delivered(entry) : entry,
  );
  const firstWaiting = kept.findIndex((entry) => entry.delivery !== 'sent');
  const at = firstWaiting < 0 ? kept.length : firstWaiting;
  return [...kept.slice(0, at), ...unknown(kept, history), ...kept.slice(at)];
}

function unknown(entries: Entry[], messages: Message[]): Entry[] {
  const ids = new Set(entries.map((entry) => entry.message.id));
  return messages
    .filter((message) => !ids.has(message.id) && ids.add(message.id))
    .map((message) => ({ message, delivery: 'sent' }));
}

function without(entries: Entry[], id: string): Entry[] {
  return entries.filter((entry) => entry.message.id !== id);
}

function delivered({ message, outgoing }: Entry): Entry {
  return { message, delivery: 'sent', ...(outgoing && { outgoing }) };
}

function mark(entries: Entry[], id: string, delivery: Delivery, problem?: ApiError): Entry[] {
  return entries.map((entry) =>
    entry.message.id === id ? { ...delivered(entry), delivery, ...(problem && { problem }) } : entry,
  );
}

/** Id of the message whose buttons may be pressed: the newest that was not the customer's. */
export function answerable(entries: Entry[]): string | null {
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]!;
    const { from, buttons, id } = entry.message;
    if (from === 'customer') {
      // One of its buttons is already pressed. If that fails, they come back.
      const pressed = entry.outgoing !== undefined && 'button' in entry.outgoing;
      if (pressed && entry.delivery !== 'failed') return null;
    } else if (from !== 'system' || buttons.length > 0) {
      return id;
    }
  }
  return null;
}
