// Where we are, in the address: the browser's back button works, and a reload stays.
import { useSyncExternalStore } from 'react';

export type TeachPageName = 'sentences' | 'trial' | 'versions';
export type LeadPage = TeachPageName | 'live' | 'figures' | 'talks' | 'accounts' | 'audit';
export type Route =
  | { page: 'desk'; ticket: number | null; info: boolean }
  | { page: 'content'; document: string | null }
  | { page: 'search' | LeadPage };

/** What a lead teaches the assistant by, in the order of the work. */
export const TEACH_PAGES = ['content', 'sentences', 'trial', 'versions'] as const;

const PAGES: readonly string[] = ['search', 'live', 'figures', 'sentences', 'trial', 'versions', 'talks', 'accounts', 'audit'];

export const isTeachPage = (page: Route['page']): page is TeachPageName =>
  page === 'sentences' || page === 'trial' || page === 'versions';

export function hrefOf(route: Route): string {
  if (route.page === 'content') {
    return route.document === null ? '#/content' : `#/content/${encodeURIComponent(route.document)}`;
  }
  if (route.page !== 'desk') return `#/${route.page}`;
  if (route.ticket === null) return '#/';
  return `#/k/${route.ticket}${route.info ? '/info' : ''}`;
}

/** The route of a page that teaches; of the content, all documents. */
export const routeTo = (page: (typeof TEACH_PAGES)[number]): Route =>
  page === 'content' ? { page, document: null } : { page };

export const isTeaching = ({ page }: Route): boolean => TEACH_PAGES.some((each) => each === page);

export function parse(hash: string): Route {
  const [, first = '', second = '', third = ''] = hash.split('/');
  if (first === 'content') return { page: 'content', document: named(second) };
  if (PAGES.includes(first)) return { page: first as 'search' | LeadPage };
  const ticket = first === 'k' && /^\d+$/.test(second) ? Number(second) : null;
  return { page: 'desk', ticket, info: ticket !== null && third === 'info' };
}

function named(part: string): string | null {
  try {
    return decodeURIComponent(part) || null;
  } catch {
    return null; // typed by hand
  }
}

export function go(route: Route): void {
  window.location.hash = hrefOf(route);
}

export const openTicket = (ticket: number): void => go({ page: 'desk', ticket, info: false });

let known: { hash: string; route: Route } | null = null;

/** The same object while the address is the same. */
export function currentRoute(): Route {
  const { hash } = window.location;
  if (known?.hash !== hash) known = { hash, route: parse(hash) };
  return known.route;
}

export function useRoute(): Route {
  return useSyncExternalStore(watchRoute, currentRoute);
}

export function watchRoute(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
