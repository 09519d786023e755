// What an agent does with tickets, apart from writing into them.
import * as api from './api';
import { broughtBack, broughtEarlier, firstSeq, opened, withTicket } from './conversation';
import { dropUnsent, unsentOf } from './drafts';
import { sentenceOf } from './http';
import { canTake, findTicket, forMe, spokenAt } from './queue';
import { changeConversation, conversationOf, current, say, update } from './store';
import { texts } from './texts';
import type { Ending, Queue, Ticket } from './types';

/** Other agents are as quick: how many of the queue to try for one that is still free. */
const TRIES = 3;
/** The stream gets so long to bring what the queue already tells of. */
const ON_ITS_WAY_MS = 1500;
/** A message and its ticket are not written in the same instant. */
const CLOCKS_DIFFER_S = 1;

let missing: ReturnType<typeof setTimeout> | undefined;

export function ticketOf(id: number): Ticket | null {
  const { queue, conversations } = current();
  return findTicket(queue, id) ?? conversations[id]?.details?.ticket ?? null;
}

/** Fetch a ticket and the end of its conversation, into what is already known of it. */
export async function loadTicket(id: number): Promise<void> {
  if (!conversationOf(id).details) {
    changeConversation(id, (now) => ({ ...now, load: 'loading', problem: null }));
  }
  try {
    const { details, messages } = await api.fetchTicket(id);
    for (const one of unsentOf(id)) {
      if (messages.some((message) => message.id.endsWith(one.id))) dropUnsent(id, one.id);
    }
    const name = current().me?.agent.name ?? '';
    changeConversation(id, (now) =>
      broughtBack(opened(now, details, messages), unsentOf(id), name, texts.problem.unsent),
    );
    lookedAt(id);
  } catch (error) {
    changeConversation(id, (now) =>
      // What is on the screen is better than a sentence in its place.
      now.details ? now : { ...now, load: 'failed', problem: sentenceOf(error) },
    );
  }
}

export async function loadEarlier(id: number): Promise<void> {
  const { above, entries } = conversationOf(id);
  const first = firstSeq(entries.map(({ message }) => message));
  if (above !== 'more' || first === null) return;
  changeConversation(id, (now) => ({ ...now, above: 'loading' }));
  try {
    const messages = await api.fetchMessagesBefore(id, first);
    changeConversation(id, (now) => broughtEarlier(now, messages));
  } catch (error) {
    changeConversation(id, (now) => ({ ...now, above: 'more' }));
    say(sentenceOf(error), 'problem');
  }
}

export function heardQueue(queue: Queue): void {
  const { open, queue: before, seen } = current();
  // An answer of ours ends what had been seen; a count from before it would hide the next message.
  const stillSeen: Record<number, number> = {};
  for (const { id, unread } of queue.mine) stillSeen[id] = Math.min(unread, seen[id] ?? 0);
  update({ queue, seen: stillSeen });
  for (const ticket of [...queue.mine, ...queue.waiting, ...queue.others]) {
    changeConversation(ticket.id, (now) => withTicket(now, ticket));
  }
  if (open === null) return;
  lookedAt(open);
  const was = findTicket(before, open);
  const is = findTicket(queue, open);
  // Taken, given away, ended by the customer: the details say what that means.
  if (was && (is?.status !== was.status || is.agent?.id !== was.agent?.id)) void loadTicket(open);
  if (was && is && spokenAt(is) > spokenAt(was)) checkMissed(open, spokenAt(is));
}

/**
 * The queue tells of a message that the stream has not brought (it begins a moment after a ticket is
 * taken or looked at): fetch it.
 */
function checkMissed(id: number, spokenAt: number): void {
  clearTimeout(missing);
  missing = setTimeout(() => {
    const { entries, details } = conversationOf(id);
    const last = entries[entries.length - 1];
    const isThere = !last || last.message.time > spokenAt - CLOCKS_DIFFER_S;
    if (current().open === id && details && !isThere) void loadTicket(id);
  }, ON_ITS_WAY_MS);
}

/** What is on the screen of somebody who is there counts as seen. */
export function lookedAt(id: number): void {
  const { open, queue, seen } = current();
  const ticket = queue?.mine.find((one) => one.id === id);
  if (!ticket || id !== open || document.hidden || seen[id] === ticket.unread) return;
  update({ seen: { ...seen, [id]: ticket.unread } });
}

/** Returns whether it is ours now. */
export async function take(id: number): Promise<boolean> {
  try {
    took(await api.takeTicket(id));
    return true;
  } catch (error) {
    say(sentenceOf(error), 'problem');
    void refreshQueue();
    if (current().conversations[id]) void loadTicket(id);
    return false;
  }
}

/** Take another agent's customer. */
export async function takeOver(id: number): Promise<void> {
  try {
    took(await api.takeOverTicket(id));
    await refreshQueue();
  } catch (error) {
    say(sentenceOf(error), 'problem');
    void loadTicket(id);
  }
}

/** Take the first of the queue that fits; returns which. */
export async function takeNext(): Promise<number | null> {
  const { queue, me } = current();
  const candidates = me ? forMe(queue, me.agent).slice(0, TRIES) : [];
  if (candidates.length === 0) say(texts.queue.nobody);
  for (const [index, { id }] of candidates.entries()) {
    try {
      took(await api.takeTicket(id));
      return id;
    } catch (error) {
      const isLast = index === candidates.length - 1;
      const wasTaken = (error as { status?: number }).status === 409;
      if (wasTaken && !isLast) continue;
      say(sentenceOf(error), 'problem');
      void refreshQueue();
      return null;
    }
  }
  return null;
}

export async function transfer(ticket: Ticket, where: api.Transfer): Promise<void> {
  gone(await api.transferTicket(ticket.id, where));
  say(canTake(ticket) ? texts.transfer.doneWaiting(ticket.number) : texts.transfer.done(ticket.number));
}

/** End a talk, or say something else of one that has ended. */
export async function close(ticket: Ticket, ending: Ending): Promise<void> {
  if (ticket.status === 'closed') {
    await api.concludeTicket(ticket.id, ending);
    await loadTicket(ticket.id);
    say(texts.end.concluded(ticket.number));
    return;
  }
  gone(await api.closeTicket(ticket.id, ending));
  say(texts.end.done(ticket.number));
}

/** The customer has come back: was the ticket before solved? */
export async function judge(ticket: Ticket, solved: boolean): Promise<void> {
  if (solved !== ticket.solved) await api.concludeTicket(ticket.id, { solved });
}

export async function writeNote(id: number, text: string): Promise<void> {
  const note = await api.addNote(id, text);
  changeConversation(id, (now) =>
    now.details ? { ...now, details: { ...now.details, notes: [...now.details.notes, note] } } : now,
  );
}

/** The stream brings the queue too, but a moment later: the button just pressed must not linger. */
function took(answer: Ticket): void {
  const { queue } = current();
  // Of what was said last, and whether the customer is there, only the queue tells.
  const { lastText = '', lastName = null, present = null } = findTicket(queue, answer.id) ?? {};
  const ticket = { ...answer, lastText, lastName, present };
  if (queue && !queue.mine.some(({ id }) => id === ticket.id)) {
    const rest = without(queue, ticket.id);
    update({ queue: { ...rest, mine: [...rest.mine, ticket] } });
  }
  changeConversation(ticket.id, (now) => withTicket(now, ticket));
  if (current().conversations[ticket.id]) void loadTicket(ticket.id);
}

function gone(ticket: Ticket): void {
  const { queue } = current();
  if (queue) {
    const mine = queue.mine.filter(({ id }) => id !== ticket.id);
    update({ queue: { ...queue, mine } });
  }
  changeConversation(ticket.id, (now) => withTicket(now, ticket));
  void loadTicket(ticket.id);
}

function without(queue: Queue, id: number): Queue {
  const others = (tickets: Ticket[]) => tickets.filter((ticket) => ticket.id !== id);
  return { waiting: others(queue.waiting), mine: others(queue.mine), others: others(queue.others) };
}

async function refreshQueue(): Promise<void> {
  try {
    heardQueue(await api.fetchQueue());
  } catch {
    // The stream will bring it.
  }
}

document.addEventListener('visibilitychange', () => {
  const { open } = current();
  if (open !== null) lookedAt(open);
});
