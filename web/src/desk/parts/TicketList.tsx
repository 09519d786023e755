import { useEffect, useId, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { texts } from '../texts';
import type { Agent, Ticket } from '../types';
import { TicketRow } from './TicketRow';

export type ListKind = 'waiting' | 'mine' | 'others';

const EMPTY = {
  waiting: texts.queue.emptyWaiting,
  mine: texts.queue.emptyMine,
  others: texts.queue.emptyOthers,
} satisfies Record<ListKind, string>;

interface Props {
  kind: ListKind;
  tickets: Ticket[];
  open: number | null;
  agent: Agent;
}

/** One stop for the Tab key; the arrow keys walk inside it, and on into the next list. */
export function TicketList({ kind, tickets, open, agent }: Props) {
  const heading = useId();
  const list = useRef<HTMLUListElement>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const has = (id: number | null) => tickets.some((ticket) => ticket.id === id);
  const stop = has(focused) ? focused : has(open) ? open : tickets[0]?.id;

  // Who was just taken from far down the queue is among one's own now, at the top.
  const opened = kind === 'mine' && has(open) ? open : null;
  useEffect(() => {
    if (opened !== null) {
      list.current?.querySelector(`[data-ticket="${opened}"]`)?.scrollIntoView({ block: 'nearest' });
    }
  }, [opened]);

  const onKeyDown = (event: KeyboardEvent) => {
    const pane = list.current?.closest('.lists-scroller');
    if (!pane || event.altKey) return;
    const rows = Array.from(pane.querySelectorAll<HTMLElement>('.ticket-open'));
    const row = (event.target as HTMLElement).closest('.ticket')?.querySelector<HTMLElement>('.ticket-open');
    const at = rows.indexOf(row!);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus();
  };

  return (
    <section className="ticket-section" aria-labelledby={heading}>
      <h2 id={heading}>
        {texts.queue[kind]}
        <span className="count">{tickets.length}</span>
      </h2>
      {tickets.length === 0 ? (
        <p className="soft">{EMPTY[kind]}</p>
      ) : (
        <ul className="tickets" ref={list} onKeyDown={onKeyDown}>
          {tickets.map((ticket, index) => (
            <TicketRow
              key={ticket.id}
              kind={kind}
              ticket={ticket}
              agent={agent}
              isOpen={ticket.id === open}
              isStop={ticket.id === stop}
              digit={kind === 'mine' && index < 9 ? index + 1 : null}
              onFocus={setFocused}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
