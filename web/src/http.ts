// One request to the server. Everything that can go wrong comes out as one ApiError.
import { isRecord, toSession } from './reading';
import { texts } from './texts';
import type { Session } from './types';

/** Longer than the slowest honest turn, shorter than a customer's patience. */
const TIMEOUT_MS = 30_000;
/** When a server asks for patience without saying how long. */
const PATIENCE_S = 10;

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
    /** Seconds to wait after a 429. */
    readonly patience = PATIENCE_S,
  ) {
    super(sentence);
  }
}

export function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError('busy', texts.problem.server);
}

interface Options {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: Blob | string;
  headers?: Record<string, string>;
  timeout?: number;
}

export function request(path: string, options: Options = {}): Promise<Session> {
  return ask(path, options, toSession);
}

/** A request whose answer says nothing but that it worked. */
export async function tell(path: string, options: Options = {}): Promise<void> {
  await ask(path, options, () => true);
}

async function ask<T>(
  path: string,
  options: Options,
  read: (answer: unknown) => T | null,
): Promise<T> {
  const { method = 'POST', body, headers, timeout = TIMEOUT_MS } = options;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      signal: abort.signal,
      ...(headers && { headers }),
      ...(body !== undefined && { body }),
    });
    // A proxy in between may answer with something that is not JSON.
    const answer: unknown = await response.json().catch(() => null);
    const value = response.ok ? read(answer) : null;
    if (value !== null) return value;
    throw refusal(response, answer);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const sentence = abort.signal.aborted ? texts.problem.timeout : texts.problem.network;
    throw new ApiError('connection', sentence);
  } finally {
    clearTimeout(timer);
  }
}

export function postJson(
  path: string,
  body: unknown,
  headers?: Record<string, string>,
): Promise<Session> {
  return request(path, json(body, headers));
}

export function tellJson(path: string, body: unknown): Promise<void> {
  return tell(path, json(body));
}

function json(body: unknown, headers?: Record<string, string>): Options {
  return {
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  };
}

function refusal(response: Response, answer: unknown): ApiError {
  const { status } = response;
  const details = isRecord(answer) && isRecord(answer.error) ? answer.error : {};
  const mayPass = status < 400 || status >= 500 || [401, 408, 409, 425, 429].includes(status);
  const sentence = typeof details.message === 'string' && details.message.trim();
  const patience = Number(response.headers.get('Retry-After'));
  return new ApiError(
    mayPass ? 'busy' : 'refused',
    sentence || texts.problem.server,
    status,
    patience > 0 ? patience : PATIENCE_S,
  );
}
