// Logging in and out, and the stream that runs in between.
import { backoff } from '../shared/backoff';
import { ApiError } from '../shared/http';
import * as api from './api';
import { alertAbout } from './alerts';
import { received } from './conversation';
import { keepDraftsOf } from './drafts';
import { onSessionLost, sentenceOf } from './http';
import { Live } from './live';
import { findTicket, fits, isMine } from './queue';
import {
  changeConversation,
  conversationOf,
  current,
  dismissAbout,
  forget,
  say,
  toast,
  update,
} from './store';
import type { Connection } from './store';
import { texts } from './texts';
import { heardQueue, loadTicket, lookedAt, ticketOf } from './tickets';
import type { Message, Notice, NoticeKind, Queue } from './types';

const INFORMING: readonly NoticeKind[] = ['reminder', 'quota', 'ended', 'whisper', 'given', 'passed_on'];

const SOUNDING: readonly NoticeKind[] = ['whisper', 'given', 'set_away', 'taken_over'];

/** Without an event for so long, nobody is typing any more. */
const TYPING_MS = 10_000;

let live: Live | null = null;
let failures = 0;
const typingTimers = new Map<number, ReturnType<typeof setTimeout>>();

/** Find out whether we are logged in; tries again by itself while the server cannot be reached. */
export async function start(): Promise<void> {
  try {
    await enter();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return; // the listener below has said it
    update({ problem: sentenceOf(error) });
    setTimeout(() => current().session === 'unknown' && void start(), backoff(failures++));
  }
}

export async function login(name: string, password: string): Promise<void> {
  await api.login(name, password);
  try {
    await enter();
  } catch (error) {
    // Known a moment ago and unknown now: what the server set was not kept.
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    throw new ApiError(texts.login.noCookies, 401, error.code);
  }
}

async function enter(): Promise<void> {
  const me = await api.fetchMe();
  failures = 0;
  // After a lost session the same agent goes on where they were; anybody else starts with nothing.
  if (current().me && current().me?.agent.id !== me.agent.id) forget();
  keepDraftsOf(me.agent.id);
  update({ session: 'open', problem: null, me, connection: 'connecting' });
  live?.stop();
  live = new Live(hearing);
  api.fetchReplies().then(
    (replies) => update({ replies }),
    () => undefined, // the composer does without
  );
}

export async function logout(): Promise<void> {
  try {
    await api.logout();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) {
      say(sentenceOf(error), 'problem'); // still logged in: say so rather than pretend
      return;
    }
  }
  live?.stop();
  live = null;
  keepDraftsOf(null);
  forget();
}

onSessionLost(() => {
  live?.stop();
  live = null;
  const { session } = current();
  if (session === 'unknown') update({ session: 'none', problem: null });
  else if (session === 'open') update({ session: 'lost' });
});

/** What the server changed of ourselves. */
async function refreshMe(): Promise<void> {
  try {
    update({ me: await api.fetchMe() });
  } catch {
    // Shown at the next reload.
  }
}

export async function setAvailable(available: boolean): Promise<void> {
  try {
    const agent = await api.setAvailable(available);
    const { me } = current();
    if (me) update({ me: { ...me, agent } });
  } catch (error) {
    say(sentenceOf(error), 'problem');
  }
}

/** Put a ticket on the screen, or none. */
export function show(ticket: number | null): void {
  update({ open: ticket });
  if (ticket === null) return;
  dismissAbout(ticket);
  void loadTicket(ticket);
  watchOpen();
}

/** Other people's conversations are only pushed while they are looked at. */
function watchOpen(): void {
  const { open, me, queue } = current();
  if (!queue) return; // not known yet whose it is
  const ticket = open === null ? null : ticketOf(open);
  const mine = ticket !== null && me !== null && isMine(ticket, me.agent);
  live?.watch(mine ? null : open);
}

const hearing = {
  connected: () => {
    const { open } = current();
    if (open !== null) void loadTicket(open);
  },
  reached: (reachable: boolean) => {
    const connection: Connection = reachable ? 'good' : navigator.onLine ? 'lost' : 'offline';
    if (connection !== current().connection) update({ connection });
  },
  queue: (queue: Queue) => {
    heardQueue(queue);
    watchOpen();
  },
  message: (id: number, message: Message) => {
    const isNew = !conversationOf(id).entries.some((entry) => entry.message.id === message.id);
    // Only where the history is known: a lone message would look like the whole conversation.
    if (current().conversations[id]) changeConversation(id, (now) => received(now, [message]));
    if (message.from !== 'customer' || !isNew) return;
    hearing.typing(id, false);
    lookedAt(id);
    const ticket = ticketOf(id);
    const { me } = current();
    if (!ticket || !me || !isMine(ticket, me.agent)) return;
    alertAbout(texts.alerts.message(ticket.number), id, id === current().open);
    // A message of theirs opens the platform's window again.
    if (ticket.counted && id === current().open) void loadTicket(id);
  },
  typing: (id: number, on: boolean) => {
    clearTimeout(typingTimers.get(id));
    if (on) typingTimers.set(id, setTimeout(() => hearing.typing(id, false), TYPING_MS));
    if (Boolean(current().typing[id]) !== on) update({ typing: { ...current().typing, [id]: on } });
  },
  notice: (notice: Notice) => {
    if (notice.kind === 'new_ticket') {
      // On the screen the queue shows it; a sentence for each would bury the others.
      const { me, queue } = current();
      const ticket = notice.ticket === null ? null : findTicket(queue, notice.ticket);
      if (me && ticket && !fits(ticket, me.agent)) return;
      alertAbout(notice.text || texts.alerts.newTicket, notice.ticket, false);
      return;
    }
    if (SOUNDING.includes(notice.kind)) alertAbout(notice.text, notice.ticket, notice.ticket === current().open);
    if (notice.kind === 'set_away') void refreshMe();
    // On the screen, the note itself is enough.
    const isShown = notice.kind === 'whisper' && notice.ticket === current().open && !document.hidden;
    if (!isShown) toast(notice, INFORMING.includes(notice.kind) ? 'info' : 'problem');
    if (notice.ticket !== null && notice.ticket === current().open) void loadTicket(notice.ticket);
  },
};

window.addEventListener('offline', () => {
  if (current().session === 'open') update({ connection: 'offline' });
});
