import { solvedWord } from '../queue';
import { hrefOf } from '../route';
import { texts } from '../texts';
import { moment } from '../times';
import type { Ticket } from '../types';

export function EarlierPart({ tickets }: { tickets: Ticket[] }) {
  if (tickets.length === 0) return null;
  return (
    <section className="info-part">
      <h3>{texts.details.earlier}</h3>
      <ul className="history">
        {tickets.map((ticket) => (
          <li key={ticket.id}>
            <time>{moment(ticket.created)}</time>
            <span>
              <a href={hrefOf({ page: 'desk', ticket: ticket.id, info: false })}>{ticket.number}</a>{' '}
              {ticket.category} · {texts.status[ticket.status]}
              {ticket.solved !== null && ` · ${solvedWord(ticket)}`}
              {ticket.rating && ` · ${texts.details.stars(ticket.rating.score)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
