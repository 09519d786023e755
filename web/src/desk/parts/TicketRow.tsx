import { customerWroteLast, spokenAt, unseen, waitsSince } from '../queue';
import { openTicket } from '../route';
import { useDesk } from '../store';
import { texts } from '../texts';
import { moment } from '../times';
import type { Agent, Ticket } from '../types';
import { TakeButton } from './TakeButton';
import type { ListKind } from './TicketList';
import { UrgencyBadge } from './UrgencyBadge';
import { Waited } from './Waited';

interface Props {
  kind: ListKind;
  ticket: Ticket;
  agent: Agent;
  isOpen: boolean;
  /** Whether the Tab key stops here. */
  isStop: boolean;
  /** Alt and this digit open it. */
  digit: number | null;
  onFocus: (id: number) => void;
}

export function TicketRow({ kind, ticket, agent, isOpen, isStop, digit, onFocus }: Props) {
  const count = useDesk((state) => unseen(ticket, state.seen));
  const isTyping = useDesk((state) => Boolean(state.typing[ticket.id]));
  const tabIndex = isStop ? 0 : -1;
  const isGiven = kind === 'mine' && ticket.given; // not looked at yet: why they come is new
  return (
    <li className="ticket" data-open={isOpen} data-urgency={ticket.urgency}>
      <button
        type="button"
        className="ticket-open"
        data-ticket={ticket.id}
        tabIndex={tabIndex}
        aria-current={isOpen ? 'true' : undefined}
        aria-keyshortcuts={digit ? texts.queue.shortcut(digit) : undefined}
        onFocus={() => onFocus(ticket.id)}
        onClick={() => openTicket(ticket.id)}
      >
        <span className="ticket-line">
          <strong>{ticket.category}</strong>
          <UrgencyBadge urgency={ticket.urgency} />
          <span className="ticket-end">
            {kind === 'waiting' ? (
              <Waited since={waitsSince(ticket)} />
            ) : (
              <time>{moment(spokenAt(ticket))}</time>
            )}
          </span>
        </span>
        <span className="ticket-line">
          {kind === 'waiting' || isGiven ? (
            <span className="ticket-reason">{ticket.reason || ticket.lastText}</span>
          ) : (
            <span className="ticket-last">
              <span className="ticket-who">{lastAuthor(agent, ticket)}</span>
              {ticket.lastText || texts.queue.picture}
            </span>
          )}
          {kind === 'mine' && count > 0 && (
            <span className="badge">
              {count}
              <span className="sr-only">{texts.queue.unseen(count)}</span>
            </span>
          )}
        </span>
        <span className="ticket-line ticket-facts">
          <span>{ticket.number}</span>
          <span>{ticket.channel}</span>
          {kind === 'waiting' && ticket.doing && <span>{ticket.doing}</span>}
          <Presence ticket={ticket} isTyping={isTyping} />
          {kind === 'others' && ticket.agent && <span>{texts.queue.with(ticket.agent.name)}</span>}
          {ticket.status === 'left_message' && (
            <span className="marked">{texts.status.left_message}</span>
          )}
          {kind === 'waiting' && ticket.wanted && (
            <span className="marked">
              {ticket.wanted.id === agent.id
                ? texts.queue.wantedMe
                : texts.queue.wanted(ticket.wanted.name)}
            </span>
          )}
          {ticket.callback && <span className="marked">{texts.queue.callback}</span>}
          {isGiven && <span className="marked">{texts.queue.given}</span>}
          {kind === 'mine' && !isGiven && customerWroteLast(ticket) && (
            <span className="marked">{texts.queue.unanswered}</span>
          )}
          {digit && (
            <span className="ticket-end" aria-hidden="true">
              <kbd>{texts.queue.shortcut(digit)}</kbd>
            </span>
          )}
        </span>
      </button>
      {kind === 'waiting' && <TakeButton ticket={ticket} tabIndex={tabIndex} />}
    </li>
  );
}

/** Whether the customer is there; of a platform's customer nobody knows. */
function Presence({ ticket, isTyping }: { ticket: Ticket; isTyping: boolean }) {
  if (isTyping) return <span className="presence">{texts.queue.typing}</span>;
  if (ticket.present === null) return null;
  return (
    <span className="presence" data-present={ticket.present}>
      {ticket.present ? texts.queue.here : texts.queue.gone}
    </span>
  );
}

/** Who said what the row tells: perhaps an agent before this one. */
function lastAuthor(agent: Agent, ticket: Ticket): string {
  if (ticket.lastName === null) return ticket.lastText ? texts.queue.customer : '';
  return ticket.lastName === agent.name ? texts.queue.me : texts.queue.agent(ticket.lastName);
}
