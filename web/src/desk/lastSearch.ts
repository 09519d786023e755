// What was looked for last, for coming back from a ticket. In memory, and not in the address: it may be
// a customer's words.
import type { Ticket } from './types';

export interface Search {
  words: string;
  status: string;
  /** null: nothing was looked for yet. */
  tickets: Ticket[] | null;
  hasMore: boolean;
}

const nothing: Search = { words: '', status: '', tickets: null, hasMore: false };

let last = nothing;

export const lastSearch = (): Search => last;

export function keepSearch(search: Search): void {
  last = search;
}

export function forgetSearch(): void {
  last = nothing;
}
