// One request to the server. Everything that can go wrong comes out as one ApiError.
import { fields, text, textOrNull } from './reading';

/** When a server asks for patience without saying how long. */
const PATIENCE_S = 10;
/** Of the 4xx those after which the very same request can work later. */
const PASSING: readonly number[] = [401, 408, 409, 425, 429];

export type Failure =
  /** The request did not reach the server, or its answer did not reach us. */
  | 'connection'
  /** The server had trouble or asks for patience: sending again later can work. */
  | 'busy'
  /** The server refused this very message: sending it again unchanged is pointless. */
  | 'refused';

export class ApiError extends Error {
  readonly failure: Failure;

  constructor(
    /** A Chinese sentence for whoever is at the page. */
    readonly sentence: string,
    /** The answer's; 0 when there was none. */
    readonly status: number,
    readonly code = '',
    /** Seconds to wait after a 429. */
    readonly patience = PATIENCE_S,
    /** All of the answer: a refusal may say more. */
    readonly answer: unknown = null,
  ) {
    super(sentence);
    const isRefused = status >= 400 && status < 500 && !PASSING.includes(status);
    this.failure = status === 0 ? 'connection' : isRefused ? 'refused' : 'busy';
  }
}

/** What the page says when the server itself says nothing. */
export interface Sentences {
  network: string;
  timeout: string;
  server: string;
}

export interface Options {
  method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  blob?: Blob;
  headers?: Record<string, string>;
  timeout?: number;
  /** Gives the request up. */
  leave?: AbortSignal;
}

/** Returns the answer, null if there is nothing in it. */
export async function request(
  path: string,
  options: Options & { timeout: number },
  sentences: Sentences,
): Promise<unknown> {
  const { method = 'POST', json, blob, headers, timeout, leave } = options;
  const body = json === undefined ? blob : JSON.stringify(json);
  const type = json === undefined ? blob?.type : 'application/json';
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  const giveUp = () => abort.abort();
  leave?.addEventListener('abort', giveUp);
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      signal: abort.signal,
      headers: { ...(type && { 'Content-Type': type }), ...headers },
      ...(body !== undefined && { body }),
    });
    if (response.status === 204) return null;
    // A proxy in between may answer with something that is not JSON.
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return answer;
    throw refusal(response, answer, sentences);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(abort.signal.aborted ? sentences.timeout : sentences.network, 0);
  } finally {
    clearTimeout(timer);
    leave?.removeEventListener('abort', giveUp);
  }
}

function refusal(response: Response, answer: unknown, sentences: Sentences): ApiError {
  const { code, message } = fields(fields(answer).error);
  const patience = Number(response.headers.get('Retry-After'));
  return new ApiError(
    textOrNull(message) ?? sentences.server,
    response.status,
    text(code),
    patience > 0 ? patience : PATIENCE_S,
    answer,
  );
}
