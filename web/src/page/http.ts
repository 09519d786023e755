// How the customers' page asks the server.
import { ApiError, request } from '../shared/http';
import type { Options } from '../shared/http';
import { toSession } from './reading';
import { texts } from './texts';
import type { Session } from './types';

/** Longer than the slowest honest turn, shorter than a customer's patience. */
const TIMEOUT_MS = 30_000;

let here = new AbortController();

/** Give up what is under way: an answer that comes later could bring back the cookie of who has left. */
export function abandonRequests(): void {
  here.abort();
  here = new AbortController();
}

export function ask(path: string, options: Options = {}): Promise<unknown> {
  return request(path, { timeout: TIMEOUT_MS, leave: here.signal, ...options }, texts.problem);
}

export async function askSession(path: string, options: Options = {}): Promise<Session> {
  const session = toSession(await ask(path, options));
  if (!session) throw new ApiError(texts.problem.server, 500);
  return session;
}

export function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(texts.problem.server, 500);
}
