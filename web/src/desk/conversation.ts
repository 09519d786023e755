// One conversation as data: what is shown, and how each event changes it. No React, no network.
import type { Delivery, Picture } from '../shared/types';
import type { Details, Message, Ticket } from './types';

export type Outgoing = { text: string } | { picture: Blob };

export interface Entry {
  message: Message;
  delivery: Delivery;
  /** What to send again. */
  outgoing?: Outgoing;
  /** Why it was not delivered. */
  problem?: string;
}

export interface Conversation {
  load: 'loading' | 'ready' | 'failed';
  problem: string | null;
  details: Details | null;
  entries: Entry[];
  /** Whether the server has earlier messages, and whether they are being fetched. */
  above: 'none' | 'more' | 'loading';
}

/** As many as the server gives at once. */
const PAGE = 200;

export const unopened: Conversation = {
  load: 'loading',
  problem: null,
  details: null,
  entries: [],
  above: 'none',
};

/** The ticket's details and the end of its conversation have come. */
export function opened(now: Conversation, details: Details, messages: Message[]): Conversation {
  const last = lastSeq(now.entries);
  const first = firstSeq(messages);
  // More was missed than the answer holds: what is shown would have a hole.
  const hasHole = first !== null && last !== null && first > last + 1 && messages.length >= PAGE;
  const kept = hasHole ? now.entries.filter(({ delivery }) => delivery !== 'sent') : now.entries;
  const isFresh = hasHole || !kept.some(({ message }) => message.seq !== null);
  return {
    load: 'ready',
    problem: null,
    details,
    entries: messages.reduce(merge, kept),
    above: isFresh ? (messages.length >= PAGE ? 'more' : 'none') : now.above,
  };
}

export function broughtEarlier(now: Conversation, messages: Message[]): Conversation {
  const entries = messages.reduce(merge, now.entries);
  const isNew = entries.length > now.entries.length;
  return { ...now, entries, above: isNew ? 'more' : 'none' };
}

export function received(now: Conversation, messages: Message[]): Conversation {
  const entries = messages.reduce(merge, now.entries);
  return entries === now.entries ? now : { ...now, entries };
}

export function withTicket(now: Conversation, ticket: Ticket): Conversation {
  return now.details ? { ...now, details: { ...now.details, ticket } } : now;
}

/** Put a message on its way; one sent again moves to the end. */
export function sending(
  now: Conversation,
  id: string,
  outgoing: Outgoing,
  picture: Picture | null,
  name: string,
): Conversation {
  const message: Message = {
    id,
    seq: null,
    from: 'agent',
    name,
    text: 'text' in outgoing ? outgoing.text : '',
    buttons: [],
    step: null,
    picture,
    intent: null,
    useful: null,
    time: Date.now() / 1000,
  };
  return {
    ...now,
    entries: [...without(now.entries, id), { message, delivery: 'sending', outgoing }],
  };
}

/** It arrived; the server's record of it takes its place, whatever id that has. */
export function delivered(now: Conversation, id: string, messages: Message[]): Conversation {
  const entry = now.entries.find(({ message }) => message.id === id);
  const isRecorded = messages.length > 0;
  const rest = isRecorded
    ? now.entries.filter((one) => one !== entry || one.delivery === 'sent')
    : now.entries.map((one) => (one === entry ? sent(one.message) : one));
  return { ...now, entries: messages.reduce(merge, rest) };
}

export function failed(now: Conversation, id: string, problem: string): Conversation {
  return {
    ...now,
    entries: now.entries.map((entry) =>
      // The stream may have brought it already: then only the answer was lost on the way.
      entry.message.id === id && entry.delivery === 'sending'
        ? { ...entry, delivery: 'failed', problem }
        : entry,
    ),
  };
}

/** What was not sent when the page was left stands there again, unless it had arrived after all. */
export function broughtBack(
  now: Conversation,
  unsent: readonly { id: string; text: string }[],
  name: string,
  problem: string,
): Conversation {
  return unsent
    .filter(({ id }) => !now.entries.some(({ message }) => message.id.endsWith(id)))
    .reduce(
      (all, { id, text }) => failed(sending(all, id, { text }, null, name), id, problem),
      now,
    );
}

export function discarded(now: Conversation, id: string): Conversation {
  return { ...now, entries: without(now.entries, id) };
}

/** Bring in one message: every id once, in the order of seq. The same list when nothing changes. */
function merge(entries: Entry[], message: Message): Entry[] {
  const known = entries.find((entry) => entry.message.id === message.id);
  if (known) {
    if (known.delivery === 'sent' && isSame(known.message, message)) return entries;
    return insert(
      entries.filter((entry) => entry !== known),
      message,
    );
  }
  return insert(withoutEcho(entries, message), message);
}

/** A message comes again when its author took it back; a picture's when it has been read: then with its text and the picture. */
function isSame(one: Message, other: Message): boolean {
  return (
    one.seq === other.seq && one.from === other.from && one.text === other.text && one.picture?.url === other.picture?.url
  );
}

/**
 * Our own message comes by the stream too, often before the answer to sending it, or in its place
 * when that is lost. The server puts something before the id we gave.
 */
function withoutEcho(entries: Entry[], message: Message): Entry[] {
  if (message.from !== 'agent') return entries;
  return entries.filter(
    ({ delivery, message: ours }) => delivery === 'sent' || !message.id.endsWith(ours.id),
  );
}

function insert(entries: Entry[], message: Message): Entry[] {
  const { seq } = message;
  const isLater = ({ message: other, delivery }: Entry) =>
    // What waits to be sent stays at the end.
    delivery !== 'sent' || (seq !== null && other.seq !== null && other.seq > seq);
  const later = entries.findIndex(isLater);
  const at = later < 0 ? entries.length : later;
  return [...entries.slice(0, at), sent(message), ...entries.slice(at)];
}

const sent = (message: Message): Entry => ({ message, delivery: 'sent' });

function without(entries: Entry[], id: string): Entry[] {
  return entries.filter(({ message }) => message.id !== id);
}

export function firstSeq(messages: Message[]): number | null {
  return messages.find(({ seq }) => seq !== null)?.seq ?? null;
}

function lastSeq(entries: Entry[]): number | null {
  return entries.reduce<number | null>((last, { message }) => message.seq ?? last, null);
}
