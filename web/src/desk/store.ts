// What the console knows, outside React: the stream, the keyboard and every view work on the same.
import { useSyncExternalStore } from 'react';
import { unopened } from './conversation';
import type { Conversation } from './conversation';
import { forgetSearch } from './lastSearch';
import type { Me, Notice, Queue, Reply } from './types';

export type Connection = 'connecting' | 'good' | 'lost' | 'offline';

export interface Toast extends Notice {
  key: number;
  tone: 'info' | 'problem';
}

export interface State {
  session: 'unknown' | 'none' | 'lost' | 'open';
  /** Why the session could not even be asked for. */
  problem: string | null;
  me: Me | null;
  connection: Connection;
  queue: Queue | null;
  replies: Reply[];
  /** The ticket on the screen. */
  open: number | null;
  conversations: Record<number, Conversation>;
  /** By ticket: how many of its unanswered messages were already on the screen. */
  seen: Record<number, number>;
  /** Tickets whose customer is typing. */
  typing: Record<number, boolean>;
  toasts: Toast[];
}

const nothing: State = {
  session: 'unknown',
  problem: null,
  me: null,
  connection: 'connecting',
  queue: null,
  replies: [],
  open: null,
  conversations: {},
  seen: {},
  typing: {},
  toasts: [],
};

let state = nothing;
const listeners = new Set<() => void>();

export const current = (): State => state;

export function update(changes: Partial<State>): void {
  state = { ...state, ...changes };
  listeners.forEach((listener) => listener());
}

/** Forget everything: somebody else may log in at this screen. */
export function forget(): void {
  forgetSearch();
  update({ ...nothing, open: state.open, session: 'none' });
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A part of the state. The selector must return the same object while nothing has changed. */
export function useDesk<T>(select: (state: State) => T): T {
  return useSyncExternalStore(subscribe, () => select(state));
}

export const conversationOf = (id: number): Conversation => state.conversations[id] ?? unopened;

export function changeConversation(id: number, change: (now: Conversation) => Conversation): void {
  const before = conversationOf(id);
  const after = change(before);
  if (after !== before) update({ conversations: { ...state.conversations, [id]: after } });
}

/** More would cover what they are about. */
const MOST_TOASTS = 3;

let toastKey = 0;

export function toast(notice: Notice, tone: Toast['tone'] = 'info'): void {
  const key = ++toastKey;
  // The same sentence once; only the newest few.
  const others = state.toasts.filter(
    ({ text, ticket }) => text !== notice.text || ticket !== notice.ticket,
  );
  update({ toasts: [...others.slice(1 - MOST_TOASTS), { ...notice, key, tone }] });
}

export function say(text: string, tone: Toast['tone'] = 'info'): void {
  toast({ kind: 'reminder', ticket: null, text }, tone);
}

/** Whoever looks at a ticket needs no sentence about it. */
export function dismissAbout(ticket: number): void {
  const others = state.toasts.filter((one) => one.ticket !== ticket);
  if (others.length < state.toasts.length) update({ toasts: others });
}

export function dismiss(key: number): void {
  update({ toasts: state.toasts.filter((one) => one.key !== key) });
}
