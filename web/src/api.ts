// The server's JSON API. Everything that can go wrong comes out as one ApiError.
import { texts } from './texts';
import type { Author, Button, Message, Outgoing, Step } from './types';

/** Longer than the slowest honest turn, shorter than a customer's patience. */
const TIMEOUT_MS = 30_000;

export type Failure =
  /** The request did not reach the server, or its answer did not reach us. */
  | 'connection'
  /** The server had trouble or asks for patience: sending again later can work. */
  | 'busy'
  /** The server refused this very message: sending it again unchanged is pointless. */
  | 'refused';

export class ApiError extends Error {
  constructor(
    readonly failure: Failure,
    /** A Chinese sentence for the customer. */
    readonly sentence: string,
    readonly status = 0,
  ) {
    super(sentence);
  }
}

async function post(path: string, body: unknown): Promise<Message[]> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify(body),
      signal: timeout.signal,
    });
    // A proxy in between may answer with something that is not JSON.
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && isRecord(answer) && Array.isArray(answer.messages)) {
      return answer.messages.flatMap(toMessage);
    }
    throw refusal(response.status, answer);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const sentence = timeout.signal.aborted ? texts.problem.timeout : texts.problem.network;
    throw new ApiError('connection', sentence);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(status: number, answer: unknown): ApiError {
  const details = isRecord(answer) && isRecord(answer.error) ? answer.error : {};
  const mayPass = status < 400 || status >= 500 || [401, 408, 409, 425, 429].includes(status);
  const sentence = typeof details.message === 'string' && details.message.trim();
  return new ApiError(mayPass ? 'busy' : 'refused', sentence || texts.problem.server, status);
}

let opening: Promise<Message[]> | null = null;

/** Start or resume the session; returns the conversation so far. */
export function openSession(): Promise<Message[]> {
  // Two requests without a cookie would start two sessions, and one would be lost.
  opening ??= post('/api/session', {}).finally(() => {
    opening = null;
  });
  return opening;
}

/**
 * Send a message; returns what the bot answers.
 * @param onNewSession gets the history when the session had expired and was opened anew
 */
export async function sendMessage(
  message: Outgoing,
  onNewSession: (history: Message[]) => void,
): Promise<Message[]> {
  await opening?.catch(() => undefined);
  try {
    return await post('/api/messages', message);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    onNewSession(await openSession());
    return post('/api/messages', message);
  }
}

// ---- What arrives is checked, so that one odd message cannot blank the page.

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isButton(value: unknown): value is Button {
  return isRecord(value) && typeof value.title === 'string' && typeof value.token === 'string';
}

function isStep(value: unknown): value is Step {
  return (
    isRecord(value) &&
    typeof value.procedure === 'string' &&
    typeof value.title === 'string' &&
    Number.isInteger(value.index) &&
    Number.isInteger(value.total)
  );
}

const AUTHORS: readonly unknown[] = ['customer', 'bot', 'agent', 'system'] satisfies Author[];

/** Read one message; a list of none if it is not one. */
function toMessage(value: unknown): Message[] {
  if (!isRecord(value) || typeof value.id !== 'string' || !AUTHORS.includes(value.from)) return [];
  return [
    {
      id: value.id,
      from: value.from as Author,
      text: typeof value.text === 'string' ? value.text : '',
      buttons: Array.isArray(value.buttons) ? value.buttons.filter(isButton) : [],
      step: isStep(value.step) ? value.step : null,
      time: typeof value.time === 'number' ? value.time : Date.now() / 1000,
    },
  ];
}
