import type { ReactNode } from 'react';
import { canTake, solvedWord, waitsSince } from '../queue';
import { texts } from '../texts';
import { moment, span } from '../times';
import type { Ticket } from '../types';
import { Waited } from './Waited';

interface Props {
  ticket: Ticket;
  /** For a call back. */
  phone: string | null;
  /** When the customer last wrote, as far as the conversation is loaded. */
  wrote: number | null;
}

export function FactsPart({ ticket, phone, wrote }: Props) {
  const { details } = texts;
  const facts: [string, ReactNode][] = [
    [details.number, ticket.number],
    [details.status, texts.status[ticket.status]],
    [details.channel, ticket.channel],
    [details.phone, phone && <a key="phone" href={`tel:${phone}`}>{phone}</a>],
    [details.phone, !phone && ticket.callback && details.phoneHidden],
    [details.category, ticket.category],
    [details.topic, ticket.topic],
    [
      details.urgency,
      <span key="urgency" className="urgency" data-urgency={ticket.urgency}>
        {texts.urgency[ticket.urgency]}
      </span>,
    ],
    [details.created, moment(ticket.created)],
    [
      details.waited,
      canTake(ticket) ? (
        <Waited key="waited" since={waitsSince(ticket)} />
      ) : (
        ticket.taken !== null && span(ticket.waited)
      ),
    ],
    [details.present, presence(ticket, wrote)],
    [details.agent, ticket.agent?.name],
    [details.solved, ticket.solved !== null && solvedWord(ticket)],
    [details.summary, ticket.summary && <span key="summary" className="facts-summary">{ticket.summary}</span>],
    [details.rating, ticket.rating && ratingText(ticket.rating)],
  ];
  return (
    <dl className="facts">
      {facts.map(
        ([title, value]) =>
          value && (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** Whether the customer is there; platforms tell only when they wrote. */
function presence(ticket: Ticket, wrote: number | null): string | null {
  const { details } = texts;
  if (ticket.present !== null) return ticket.present ? details.here : details.gone;
  const isOpen = canTake(ticket) || ticket.status === 'with_agent';
  if (!ticket.counted || !isOpen || wrote === null) return null;
  return details.lastSaid(moment(wrote), ticket.channel);
}

function ratingText({ score, comment }: { score: number; comment: string }): string {
  return [texts.details.stars(score), comment].filter(Boolean).join('：');
}
