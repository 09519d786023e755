// The conversation as data: what is shown, and how each event changes it. No React, no network.
import type { ApiError } from '../shared/http';
import type { PictureLimits, PreparedPicture } from '../shared/picture';
import type { Delivery, Picture } from '../shared/types';
import { lastSeq, merge } from './order';
import { isMissing } from './types';
import type { Button, Message, MissingPicture, Outgoing, Session, Status } from './types';
import type { Unsent } from './unsent';

export interface Entry {
  message: Message;
  delivery: Delivery;
  /** What to send again; only for messages sent, or found unsent, since this page was loaded. */
  outgoing?: Outgoing | MissingPicture;
  /** Why it was not delivered. */
  problem?: ApiError;
}

export interface Conversation {
  /** Counts the customers shown since the page was loaded. */
  customer: number;
  /** Counts those whose half-written text must not be seen by the next. */
  writer: number;
  /** What the server calls this conversation. */
  id: string | null;
  /** Who was speaking when the session was lost, and the conversation with it. */
  lost: Status['speaker'] | null;
  entries: Entry[];
  /** Refused: the browser does not keep what the server knows the customer by. */
  session: 'opening' | 'open' | 'failed' | 'refused';
  /** How often the session was opened; the stream starts anew with each. */
  openings: number;
  /** How often opening it failed since it last succeeded, and why. */
  failures: number;
  openProblem: ApiError | null;
  /** Everything up to here was in the history; what came later has to be streamed. */
  historyEnd: number;
  status: Status;
  limits: PictureLimits | null;
  questions: Button[];
  links: string[];
  /** Whether the server was reached, when last tried. */
  reachable: boolean;
}

export type Event =
  | { type: 'opening' }
  /** replace: somebody else is here now, to whom what is shown does not belong. */
  | { type: 'opened'; session: Session; replace: boolean; unsent: Unsent[] }
  /** A picture that was not sent when the page was left, or null: it has to be chosen again. */
  | { type: 'looked_for'; id: string; found: PreparedPicture | null; problem: ApiError }
  | { type: 'refused' }
  | { type: 'loss_seen' }
  | { type: 'open_failed'; problem: ApiError }
  | { type: 'switched'; fromNobody: boolean }
  | { type: 'sending'; outgoing: Outgoing; shown: string; picture: Picture | null; time: number }
  | { type: 'delivered'; id: string }
  /** Nothing goes out for a while, and then by itself. */
  | { type: 'held' }
  | { type: 'resumed' }
  | { type: 'failed'; id: string; problem: ApiError }
  /** By an answer, by the stream or by looking: however often, a message is shown once. */
  | { type: 'received'; messages: Message[] }
  | { type: 'status'; status: Status }
  | { type: 'taken_back'; id: string }
  | { type: 'reached'; reachable: boolean };

const BOT: Status = { speaker: 'bot', place: null, agent: null, rate: false, callback: null, hours: null };

export const nothing: Conversation = {
  customer: 0,
  writer: 0,
  id: null,
  lost: null,
  entries: [],
  session: 'opening',
  openings: 0,
  failures: 0,
  openProblem: null,
  historyEnd: 0,
  status: BOT,
  limits: null,
  questions: [],
  links: [],
  reachable: true,
};

export function change(now: Conversation, event: Event): Conversation {
  switch (event.type) {
    case 'opening':
      return { ...now, session: 'opening' };
    case 'opened': {
      const { conversation, messages, status, limits, questions, links } = event.session;
      const waiting = event.replace ? [] : bringBack(now.entries, event.unsent);
      return {
        customer: now.customer + Number(event.replace),
        writer: now.writer + Number(event.replace),
        id: conversation,
        lost: !event.replace && isLost(now, event.session) ? now.status.speaker : now.lost,
        entries: restore(waiting, messages),
        session: 'open',
        openings: now.openings + 1,
        failures: 0,
        openProblem: null,
        historyEnd: lastSeq(messages),
        status: status ?? BOT,
        limits: limits ?? now.limits,
        questions,
        links,
        reachable: true,
      };
    }
    case 'looked_for':
      return { ...now, entries: now.entries.map((entry) => lookedFor(entry, event)) };
    case 'refused':
      return { ...now, session: 'refused', lost: null };
    case 'loss_seen':
      return { ...now, lost: null };
    case 'open_failed':
      return {
        ...now,
        session: 'failed',
        failures: now.failures + 1,
        openProblem: event.problem,
        reachable: event.problem.failure !== 'connection',
      };
    case 'switched':
      return {
        ...nothing,
        customer: now.customer + 1,
        writer: now.writer + Number(!event.fromNobody),
        openings: now.openings,
        limits: now.limits,
        questions: now.questions,
        links: now.links,
      };
    case 'sending':
      return { ...now, entries: send(now.entries, event) };
    case 'delivered':
      return { ...now, reachable: true, entries: mark(now.entries, event.id, 'sent') };
    case 'held':
      return { ...now, reachable: true, entries: all(now.entries, 'sending', 'held') };
    case 'resumed':
      return { ...now, entries: all(now.entries, 'held', 'sending') };
    case 'failed': {
      const entry = now.entries.find(({ message }) => message.id === event.id);
      // The stream has brought it back: it did arrive, only the answer was lost on the way.
      const arrived = entry?.message.seq != null && event.problem.failure === 'connection';
      return {
        ...now,
        reachable: event.problem.failure !== 'connection',
        entries: arrived
          ? mark(now.entries, event.id, 'sent')
          : mark(now.entries, event.id, 'failed', event.problem),
      };
    }
    case 'received': {
      const entries = event.messages.reduce(merge, now.entries);
      return entries === now.entries ? now : { ...now, entries };
    }
    case 'status':
      return { ...now, status: event.status };
    case 'taken_back':
      return { ...now, entries: without(now.entries, event.id) };
    case 'reached':
      return event.reachable === now.reachable ? now : { ...now, reachable: event.reachable };
  }
}

/** Whether a session is of another conversation than the one on the screen. */
export function isAnother(now: Conversation, session: Session): boolean {
  return now.id !== null && session.conversation !== null && session.conversation !== now.id;
}

/** Whether anything was said in the conversation that is gone. */
function isLost(now: Conversation, session: Session): boolean {
  const isKnown = now.entries.some(
    ({ message, delivery }) => message.from === 'customer' && delivery === 'sent',
  );
  return isAnother(now, session) && (isKnown || now.status.speaker !== 'bot');
}

/** What was not sent when the page was left stands there again. */
function bringBack(entries: Entry[], unsent: Unsent[]): Entry[] {
  const known = new Set(entries.map(({ message }) => message.id));
  const missing = unsent.filter(({ outgoing }) => !known.has(outgoing.id));
  return missing.reduce(
    (all, { outgoing, shown, time, problem }) =>
      mark(
        send(all, { outgoing, shown, picture: null, time }),
        outgoing.id,
        'failed',
        problem,
      ),
    entries,
  );
}

function lookedFor(entry: Entry, event: Event & { type: 'looked_for' }): Entry {
  const { message, delivery, outgoing } = entry;
  const { id, found, problem } = event;
  if (message.id !== id || delivery !== 'failed' || !outgoing || !isMissing(outgoing)) return entry;
  if (!found) return { ...entry, problem };
  const { blob, picture } = found;
  return { message: { ...message, picture }, delivery, outgoing: { id, picture: blob }, problem };
}

function all(entries: Entry[], from: Delivery, to: Delivery): Entry[] {
  return entries.map((entry) => (entry.delivery === from ? { ...entry, delivery: to } : entry));
}

interface Sending extends Pick<Event & { type: 'sending' }, 'shown' | 'picture' | 'time'> {
  outgoing: Outgoing | MissingPicture;
}

function send(entries: Entry[], event: Sending): Entry[] {
  const { outgoing, shown, picture, time } = event;
  const { id } = outgoing;
  const before = entries.find((entry) => entry.message.id === id)?.message;
  const message: Message = before
    ? { ...before, time }
    : {
        id,
        seq: null,
        from: 'customer',
        name: null,
        text: shown,
        buttons: [],
        feedback: null,
        step: null,
        picture,
        time,
      };
  // Those before it wait, and so does this one.
  const delivery = entries.some((entry) => entry.delivery === 'held') ? 'held' : 'sending';
  // A message sent again moves to the end, where its answer will stand.
  return [...without(entries, id), { message, delivery, outgoing }];
}

/** Bring in the server's history; what waits to be sent stays at the end. */
function restore(entries: Entry[], history: Message[]): Entry[] {
  const ids = new Set(history.map((message) => message.id));
  const known = entries.some(({ message }) => message.seq !== null && ids.has(message.id));
  // A session that had expired counts from 1 again: the old numbers would mix the two up.
  const kept = known ? entries : entries.map(uncounted);
  const firstWaiting = kept.findIndex((entry) => entry.delivery !== 'sent');
  const at = firstWaiting < 0 ? kept.length : firstWaiting;
  const waiting = kept.slice(at);
  const waitingIds = new Set(waiting.map((entry) => entry.message.id));
  const restored = history
    .filter((message) => !waitingIds.has(message.id))
    .reduce(merge, kept.slice(0, at));
  const arrived = history.filter((message) => waitingIds.has(message.id));
  return arrived.reduce(merge, [...restored, ...waiting]);
}

function uncounted(entry: Entry): Entry {
  if (entry.message.seq === null) return entry;
  return { ...entry, message: { ...entry.message, seq: null } };
}

function without(entries: Entry[], id: string): Entry[] {
  return entries.filter((entry) => entry.message.id !== id);
}

function mark(
  entries: Entry[],
  id: string,
  delivery: Delivery,
  problem: ApiError | null = null,
): Entry[] {
  return entries.map((entry) => {
    const { message, outgoing } = entry;
    if (message.id !== id) return entry;
    return { message, delivery, ...(outgoing && { outgoing }), ...(problem && { problem }) };
  });
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

/** Whether an answer to something just sent is still to come. */
export function awaitsAnswer(entries: Entry[]): boolean {
  for (let i = entries.length - 1; i >= 0; i--) {
    const { message, delivery, outgoing } = entries[i]!;
    if (message.from === 'bot' || message.from === 'agent') return false;
    if (delivery === 'held') return false;
    // A picture on its way shows so itself.
    if (delivery === 'sending' && outgoing && !('picture' in outgoing)) return true;
  }
  return false;
}
