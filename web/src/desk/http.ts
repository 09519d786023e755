// How the console asks the server.
import { ApiError, request } from '../shared/http';
import type { Options } from '../shared/http';
import { texts } from './texts';

const TIMEOUT_MS = 20_000;

export function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.sentence : texts.problem.server;
}

let sessionLost: () => void = () => undefined;

/** Hear of it when the server does not know us any more. */
export function onSessionLost(listener: () => void): void {
  sessionLost = listener;
}

export const get = (path: string): Promise<unknown> => call(path, { method: 'GET' });
export const post = (path: string, options: Options = {}): Promise<unknown> => call(path, options);

async function call(path: string, options: Options): Promise<unknown> {
  try {
    return await request(`/desk/api/${path}`, { timeout: TIMEOUT_MS, ...options }, texts.problem);
  } catch (error) {
    const isUnknown = error instanceof ApiError && error.status === 401;
    if (isUnknown && error.code !== 'bad_login') sessionLost();
    throw error;
  }
}
