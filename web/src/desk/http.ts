// One request to the server. Everything that can go wrong comes out as one DeskError.
import { isRecord } from './reading';
import { texts } from './texts';

const TIMEOUT_MS = 20_000;
/** When a server asks for patience without saying how long. */
const PATIENCE_S = 10;

export class DeskError extends Error {
  constructor(
    /** A Chinese sentence for the agent. */
    readonly sentence: string,
    /** 0: the request did not reach the server, or its answer did not reach us. */
    readonly status = 0,
    readonly code = '',
    /** Seconds to wait after a 429. */
    readonly patience = PATIENCE_S,
  ) {
    super(sentence);
  }
}

export function sentenceOf(error: unknown): string {
  return error instanceof DeskError ? error.sentence : texts.problem.server;
}

let sessionLost: () => void = () => undefined;

/** Hear of it when the server does not know us any more. */
export function onSessionLost(listener: () => void): void {
  sessionLost = listener;
}

interface Options {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  blob?: Blob;
  timeout?: number;
}

export const get = (path: string): Promise<unknown> => call('GET', path);
export const post = (path: string, options: Options = {}): Promise<unknown> =>
  call('POST', path, options);

async function call(method: 'GET' | 'POST', path: string, options: Options = {}): Promise<unknown> {
  const { json, blob, timeout = TIMEOUT_MS } = options;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  try {
    const response = await fetch(`/desk/api/${path}`, {
      method,
      credentials: 'same-origin',
      signal: abort.signal,
      ...(json !== undefined && {
        body: JSON.stringify(json),
        headers: { 'Content-Type': 'application/json' },
      }),
      ...(blob && { body: blob, headers: { 'Content-Type': blob.type } }),
    });
    if (response.status === 204) return null;
    // A proxy in between may answer with something that is not JSON.
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return answer;
    throw refusal(response, answer);
  } catch (error) {
    if (error instanceof DeskError) {
      if (error.status === 401 && error.code !== 'bad_login') sessionLost();
      throw error;
    }
    throw new DeskError(abort.signal.aborted ? texts.problem.timeout : texts.problem.network);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(response: Response, answer: unknown): DeskError {
  const { code, message } = isRecord(answer) && isRecord(answer.error) ? answer.error : {};
  const patience = Number(response.headers.get('Retry-After'));
  return new DeskError(
    (typeof message === 'string' && message.trim()) || texts.problem.server,
    response.status,
    typeof code === 'string' ? code : '',
    patience > 0 ? patience : PATIENCE_S,
  );
}
