// What in a message can be tapped: addresses of hosts that are allowed, and numbers to be copied.

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'number'; text: string };

const ADDRESS = /https:\/\/[^\s\u3000-\u303f\uff00-\uffef"'<>“”‘’]+/g;
/** What stands after an address rather than in it. */
const TRAILING = /[.,;:!?)\]}]+$/;
const WORD = /[A-Za-z0-9-]+/g;
/** A ticket's number, or one too long to be typed over: an order's, a transaction's. */
const NUMBER = /^(?:K\d{6,}|[A-Za-z]{0,6}\d{10,32})$/;

/** @param hosts `help.example.com`, or `*.example.com` for all below it */
export function richText(text: string, hosts: readonly string[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of matches(ADDRESS, text)) {
    const address = match[0].replace(TRAILING, '');
    // An address that is not allowed stays whole: a number in it is nobody's order.
    const end = match.index + address.length;
    parts.push(...numbers(text.slice(at, match.index)));
    const href = allowed(address, hosts);
    parts.push(href ? { kind: 'link', text: address, href } : { kind: 'text', text: address });
    at = end;
  }
  parts.push(...numbers(text.slice(at)));
  return parts;
}

function numbers(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of matches(WORD, text)) {
    if (!NUMBER.test(match[0])) continue;
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) });
    parts.push({ kind: 'number', text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

/** String.matchAll is younger than some of our customers' phones. */
function matches(pattern: RegExp, text: string): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  const search = new RegExp(pattern.source, 'g');
  for (let match = search.exec(text); match; match = search.exec(text)) found.push(match);
  return found;
}

function allowed(address: string, hosts: readonly string[]): string | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  // https://help.example.com@evil.example and its like.
  if (url.protocol !== 'https:' || url.username || url.password || url.port) return null;
  const isAllowed = hosts.some((host) =>
    host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host,
  );
  return isAllowed ? url.href : null;
}
