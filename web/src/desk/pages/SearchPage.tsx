import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { hasKeyboard } from '../../shared/hasKeyboard';
import { searchTickets } from '../api';
import { sentenceOf } from '../http';
import { keepSearch, lastSearch } from '../lastSearch';
import { Page } from '../parts/Page';
import { Table } from '../parts/Table';
import { UrgencyBadge } from '../parts/UrgencyBadge';
import { solvedWord } from '../queue';
import { hrefOf } from '../route';
import { texts } from '../texts';
import { moment } from '../times';
import type { Ticket } from '../types';

/** As many as the server gives at once. */
const PAGE = 50;

export function SearchPage() {
  const [words, setWords] = useState(lastSearch().words);
  const [status, setStatus] = useState(lastSearch().status);
  const [tickets, setTickets] = useState(lastSearch().tickets);
  const [hasMore, setHasMore] = useState(lastSearch().hasMore);
  const [problem, setProblem] = useState<string | null>(null);
  const search = useRef(0);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    keepSearch({ words, status, tickets, hasMore });
  }, [words, status, tickets, hasMore]);

  const look = async (already: Ticket[]) => {
    const number = ++search.current;
    setProblem(null);
    try {
      const found = await searchTickets(words.trim(), status, already[already.length - 1]?.id);
      if (number !== search.current) return; // a later search has overtaken it
      setTickets([...already, ...found]);
      setHasMore(found.length >= PAGE);
    } catch (error) {
      if (number === search.current) setProblem(sentenceOf(error));
    }
  };

  // The newest tickets, before anything is asked for.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only on arriving
  useEffect(() => {
    if (!lastSearch().tickets) void look([]);
    if (hasKeyboard()) input.current?.focus();
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void look([]);
  };

  const { columns } = texts.search;
  return (
    <Page title={texts.search.title}>
      <form className="page-form" role="search" onSubmit={submit}>
        <label className="grow">
          {texts.search.words}
          <input
            ref={input}
            type="search"
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
        </label>
        <label>
          {texts.search.status}
          <select value={status} onChange={(event) => setStatus(event.target.value)}>
            <option value="">{texts.search.all}</option>
            {Object.entries(texts.status).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button button--main">
          {texts.search.submit}
        </button>
      </form>
      <p className="form-problem" role="alert">
        {problem}
      </p>
      <p className="soft" role="status">
        {tickets && (tickets.length > 0 ? texts.search.found(tickets.length) : texts.search.nothing)}
      </p>
      {tickets && tickets.length > 0 && (
        <Table caption={texts.search.caption} columns={columns}>
          {tickets.map((ticket) => (
            <tr key={ticket.id}>
              <td data-title={columns.number}>
                <a href={hrefOf({ page: 'desk', ticket: ticket.id, info: false })}>{ticket.number}</a>
              </td>
              <td data-title={columns.status}>{texts.status[ticket.status]}</td>
              <td data-title={columns.category}>
                {ticket.category} <UrgencyBadge urgency={ticket.urgency} />
              </td>
              <td data-title={columns.agent}>{ticket.agent?.name ?? texts.none}</td>
              <td data-title={columns.created}>{moment(ticket.created)}</td>
              <td data-title={columns.solved}>{solvedWord(ticket)}</td>
              <td data-title={columns.about} className="table-words">
                {ticket.summary ?? ticket.reason}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {hasMore && tickets && (
        <button type="button" className="button" onClick={() => void look(tickets)}>
          {texts.more}
        </button>
      )}
    </Page>
  );
}
