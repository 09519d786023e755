// Questions about tickets and the queue. No React, no network.
import { texts } from './texts';
import type { Agent, Note, Queue, Ticket } from './types';

export function fits(ticket: Ticket, agent: Agent): boolean {
  if (ticket.wanted) return ticket.wanted.id === agent.id;
  return agent.skills.length === 0 || agent.skills.includes(ticket.category);
}

/** Those this agent should take, in order. */
export function forMe(queue: Queue | null, agent: Agent): Ticket[] {
  return queue?.waiting.filter((ticket) => fits(ticket, agent)) ?? [];
}

export function findTicket(queue: Queue | null, id: number): Ticket | null {
  if (!queue) return null;
  const all = [...queue.mine, ...queue.waiting, ...queue.others];
  return all.find((ticket) => ticket.id === id) ?? null;
}

export const isWaiting = ({ status }: Ticket): boolean => status === 'waiting';

export function canTake(ticket: Ticket): boolean {
  return ticket.status === 'waiting' || ticket.status === 'left_message';
}

export function isMine(ticket: Ticket, agent: Agent): boolean {
  return ticket.status === 'with_agent' && ticket.agent?.id === agent.id;
}

/** Since when somebody without an agent waits, the time with agents in between left out. */
export function waitsSince(ticket: Ticket): number {
  return ticket.changed - ticket.waited;
}

/** What was noted for whoever takes the customer, or for who has them; their own notes are left out. */
export function handoverNote(ticket: Ticket, notes: Note[]): Note | null {
  if (!canTake(ticket) && ticket.status !== 'with_agent') return null;
  const taken = canTake(ticket) ? Infinity : (ticket.taken ?? 0);
  return notes.filter(({ time, agent }) => time <= taken || agent !== ticket.agent?.name).pop() ?? null;
}

/** What the agent said of the result, in a word. */
export function solvedWord({ solved }: Ticket): string {
  if (solved === null) return '';
  return solved ? texts.end.yes : texts.end.no;
}

/** When somebody last said something. */
export function spokenAt(ticket: Ticket): number {
  return Math.max(ticket.customerLast ?? 0, ticket.agentLast ?? 0, ticket.created);
}

export function customerWroteLast(ticket: Ticket): boolean {
  return (ticket.customerLast ?? 0) > (ticket.agentLast ?? 0);
}

/**
 * Messages not looked at yet. The server counts those not answered; `seen` is how many of them were
 * already on the screen.
 */
export function unseen(ticket: Ticket, seen: Record<number, number>): number {
  return Math.max(0, ticket.unread - (seen[ticket.id] ?? 0));
}
