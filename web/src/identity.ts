// Who the host says the customer is: a token that only POST /api/session gets to see. It is kept in
// memory alone: never in a URL, in storage or in a log.
import { embedded, listenToHost, tellHost } from './host';

/** How long a host may take to say who is here. */
const FIRST_MS = 1500;
/** A new token has to be fetched from the host's own server first. */
const RENEWAL_MS = 5000;

let token: string | null = null;
let version = 0;
let known: Promise<void> | null = null;
/** Set while the host has been asked. */
let answer: ((said: string | null) => void) | null = null;
const listeners = new Set<() => void>();

listenToHost((type, data) => {
  if (type !== 'ok-kefu-identity') return;
  const said = typeof data.token === 'string' && data.token ? data.token : null;
  if (answer) answer(said);
  else if (said !== token) {
    become(said);
    listeners.forEach((listener) => listener());
  }
});

export const bearer = (): string | null => token;

/** Changes whenever somebody else is here. */
export const identityVersion = (): number => version;

/** Wait until the host has said who is here, or for long enough. */
export function identityKnown(): Promise<void> {
  known ??= (async () => {
    // An app around a WebView speaks up when it wants to; nobody waits for it.
    if (!embedded) return tellHost({ type: 'ok-kefu-ready' });
    const said = await ask(FIRST_MS, 'ok-kefu-ready');
    if (said) become(said);
  })();
  return known;
}

/** Ask the host for a token in place of an expired one; returns whether there is one. */
export async function renewIdentity(): Promise<boolean> {
  const said = await ask(RENEWAL_MS, 'ok-kefu-identity-expired');
  if (!said) return false;
  const before = subject(token);
  if (before !== null && before === subject(said)) token = said;
  else become(said);
  return true;
}

export function forgetIdentity(): void {
  become(null);
}

/** Hear of it when the host, unasked, names somebody else. */
export function onIdentitySwitch(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function become(next: string | null): void {
  token = next;
  version += 1;
}

/** The answer, or undefined when there is none in time. */
function ask(
  patience: number,
  type: 'ok-kefu-ready' | 'ok-kefu-identity-expired',
): Promise<string | null | undefined> {
  return new Promise((resolve) => {
    const finish = (said?: string | null) => {
      clearTimeout(timer);
      answer = null;
      resolve(said);
    };
    const timer = setTimeout(finish, patience);
    answer = finish;
    tellHost({ type });
  });
}

/** Whose token it is. Only to see that a renewed one is the same customer's; the server checks it. */
function subject(jwt: string | null): string | null {
  try {
    const payload = jwt!.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/');
    const { iss = '', sub } = JSON.parse(atob(payload)) as { iss?: unknown; sub?: unknown };
    return typeof sub === 'string' ? `${String(iss)}\n${sub}` : null;
  } catch {
    return null;
  }
}
