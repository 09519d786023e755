// The server's JSON API.
import { ApiError } from '../shared/http';
import { ask, askSession } from './http';
import {
  bearer,
  forgetIdentity,
  hasLeft,
  identityKnown,
  identityVersion,
  keepCookieOf,
  renewIdentity,
} from './identity';
import { texts } from './texts';
import type { Message, Outgoing, Reason, Session } from './types';

/** A photo over a slow mobile network takes its time. */
const PICTURE_TIMEOUT_MS = 120_000;

let opening: Promise<Session> | null = null;

/** Start or resume the session of whoever the host says is here; returns the conversation so far. */
export function openSession(): Promise<Session> {
  // Two requests without a cookie would start two sessions, and one would be lost.
  opening ??= open().finally(() => {
    opening = null;
  });
  return opening;
}

async function open(): Promise<Session> {
  await identityKnown();
  let renewed = false;
  for (;;) {
    const version = identityVersion();
    const token = bearer();
    try {
      if (token === null && hasLeft()) {
        await ask('/api/session', { method: 'DELETE' });
        keepCookieOf(null);
      }
      const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
      const session = await askSession('/api/session', { json: {}, headers });
      if (token !== null) keepCookieOf(token);
      if (version === identityVersion()) return session;
    } catch (error) {
      const badIdentity = error instanceof ApiError && error.status === 401 && token !== null;
      if (version !== identityVersion()) continue;
      if (!badIdentity) throw error;
      if (renewed || !(await renewIdentity())) forgetIdentity();
      renewed = true;
    }
    // Somebody else is here by now. One after the other: the last answer's cookie stays.
  }
}

/**
 * Send a message; returns what is answered.
 * @param writer who was here when it was written: it must not go out in the name of another
 * @param onNewSession gets the session when the old one had expired and was opened anew; tells whether
 * the message is still meant for whoever answers in it
 */
export async function sendMessage(
  message: Outgoing,
  writer: number,
  onNewSession: (session: Session) => boolean,
): Promise<Message[]> {
  await opening?.catch(() => undefined);
  if (writer !== identityVersion()) return [];
  try {
    return (await post(message)).messages;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    const session = await openSession();
    if (writer !== identityVersion()) throw error;
    if (!onNewSession(session)) throw new ApiError(texts.problem.unsent, 409);
    return (await post(message)).messages;
  }
}

function post(message: Outgoing): Promise<Session> {
  if (!('picture' in message)) return askSession('/api/messages', { json: message });
  return askSession(`/api/pictures?id=${encodeURIComponent(message.id)}`, {
    blob: message.picture,
    timeout: PICTURE_TIMEOUT_MS,
  });
}

export async function sendRating(score: number, comment: string): Promise<Message[]> {
  const json = { score, ...(comment && { comment }) };
  return (await askSession('/api/rating', { json })).messages;
}

/** Say whether an answer was useful. */
export function sendFeedback(message: string, useful: boolean, reason?: Reason): Promise<unknown> {
  return ask('/api/feedback', { json: { message, useful, ...(reason && { reason }) } });
}

/** Leave a number for a call back, to which the customer agrees. */
export function leavePhone(phone: string): Promise<unknown> {
  return ask('/api/callback', { json: { phone, agree: true } });
}

export function dropPhone(): Promise<unknown> {
  return ask('/api/callback', { method: 'DELETE' });
}

/** What the page around this one tells of its user. */
export function sendProfile(told: Record<string, unknown>): Promise<unknown> {
  return ask('/api/profile', { json: told });
}

export function leaveHuman(): Promise<unknown> {
  return ask('/api/human', { method: 'DELETE' });
}

export function sendTyping(on: boolean): Promise<unknown> {
  return ask('/api/typing', { json: { on } });
}

/** What came after `seq`, without a stream. */
export function messagesAfter(seq: number): Promise<Session> {
  return askSession(`/api/messages?after=${seq}`, { method: 'GET' });
}
