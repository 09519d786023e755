// Who the host says the customer is: a token that only POST /api/session gets to see. It is kept in
// memory alone: never in a URL, in storage or in a log.
import { embedded, listenToHost, tellHost } from './host';

/** How long a host may take to say who is here. */
const FIRST_MS = 1500;
/** A new token has to be fetched from the host's own server first. */
const RENEWAL_MS = 5000;

/** Set while the session's cookie was given for a token. Not whose: only that it is somebody's. */
const IDENTIFIED = 'ok-kefu-identified';

let token: string | null = null;
let version = 0;
let known: Promise<void> | null = null;
/** Set while the host has been asked. */
let answer: ((said: string | null) => void) | null = null;
/** The cookie may still be that of somebody who is not here any more. */
let left = false;
const listeners = new Set<(fromNobody: boolean) => void>();

listenToHost((type, data) => {
  if (type !== 'ok-kefu-identity') return;
  const said = typeof data.token === 'string' && data.token ? data.token : null;
  // Only a host that says so has nobody logged in; others leave it open.
  const loggedOut = data.token === null && isIdentified();
  left ||= loggedOut;
  if (answer) answer(said);
  else if (said !== token || loggedOut) {
    const fromNobody = token === null && !loggedOut;
    become(said);
    listeners.forEach((listener) => listener(fromNobody));
  }
});

export const bearer = (): string | null => token;

/** Changes whenever somebody else is here. */
export const identityVersion = (): number => version;

/** Whether the cookie has to go before a session is opened without a token. */
export const hasLeft = (): boolean => left;

/** The session's cookie is now that of this token, or of nobody known. */
export function keepCookieOf(whose: string | null): void {
  left = false;
  try {
    if (whose === null) localStorage.removeItem(IDENTIFIED);
    else localStorage.setItem(IDENTIFIED, 'yes');
  } catch {
    // Storage can be switched off; then a logout is noticed only while the page is open.
  }
}

function isIdentified(): boolean {
  try {
    return token !== null || localStorage.getItem(IDENTIFIED) !== null;
  } catch {
    return token !== null;
  }
}

/** Wait until the host has said who is here, or for long enough. */
export function identityKnown(): Promise<void> {
  known ??= (async () => {
    // An app around a WebView speaks up when it wants to; nobody waits for it.
    if (!embedded) return tellHost({ type: 'ok-kefu-ready' });
    // No change of who is here, so what is typed meanwhile stays: it was theirs from the beginning.
    token = (await ask(FIRST_MS, 'ok-kefu-ready')) ?? null;
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

/**
 * Hear of it when the host, unasked, names somebody else. From nobody to somebody: they may have begun
 * to write before the host knew them.
 */
export function onIdentitySwitch(listener: (fromNobody: boolean) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function become(next: string | null): void {
  if (token !== null && next === null) left = true;
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
