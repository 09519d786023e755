import { useCallback, useState } from 'react';
import { fetchAgents, fetchAudit } from '../api';
import type { AuditFilter } from '../api';
import { detailOf, whoDid } from '../audit';
import type { Names } from '../audit';
import { sentenceOf } from '../http';
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { Table } from '../parts/Table';
import { hrefOf } from '../route';
import { say, useDesk } from '../store';
import { texts } from '../texts';
import { moment } from '../times';
import { useLoad } from '../useLoad';

/** As many as the server gives at once. */
const PAGE = 100;
const EVERYTHING: AuditFilter = { agent: '', action: '', ticket: '', day: '' };

export function AuditPage() {
  const [filter, setFilter] = useState(EVERYTHING);
  const load = useCallback(() => fetchAudit(filter), [filter]);
  const { value: entries, setValue, problem, retry } = useLoad(load);
  const { value: agents } = useLoad(fetchAgents);
  const intents = useDesk((state) => state.me?.intents);
  const [isAtEnd, setAtEnd] = useState(false);
  const names: Names = { agents: agents ?? [], intents: intents ?? [] };

  const narrow = (changes: Partial<AuditFilter>) => {
    setAtEnd(false);
    setFilter({ ...filter, ...changes });
  };

  const more = async () => {
    try {
      const earlier = await fetchAudit(filter, entries?.[entries.length - 1]?.id);
      if (earlier.length < PAGE) setAtEnd(true);
      setValue((before) => [...(before ?? []), ...earlier]);
    } catch (error) {
      say(sentenceOf(error), 'problem');
    }
  };

  const { columns } = texts.audit;
  return (
    <Page title={texts.audit.title}>
      <form className="page-form" onSubmit={(event) => event.preventDefault()}>
        <label>
          {texts.audit.who}
          <select value={filter.agent} onChange={(event) => narrow({ agent: event.target.value })}>
            <option value="">{texts.audit.anybody}</option>
            {names.agents.map(({ login, name }) => (
              <option key={login} value={login}>
                {name}
              </option>
            ))}
            <option value="clock">{texts.audit.agent('clock')}</option>
            <option value="customer">{texts.audit.agent('customer')}</option>
          </select>
        </label>
        <label>
          {texts.audit.what}
          <select value={filter.action} onChange={(event) => narrow({ action: event.target.value })}>
            <option value="">{texts.audit.anything}</option>
            {texts.audit.actions().map(([action, title]) => (
              <option key={action} value={action}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          {texts.audit.ticket}
          <input
            type="search"
            maxLength={16}
            value={filter.ticket}
            onChange={(event) => narrow({ ticket: event.target.value })}
          />
        </label>
        <label>
          {texts.audit.day}
          <input type="date" value={filter.day} onChange={(event) => narrow({ day: event.target.value })} />
        </label>
      </form>
      <LoadProblem problem={problem} retry={retry} isLoading={!entries && !problem} />
      {entries?.length === 0 && <p className="soft">{texts.audit.nothing}</p>}
      {entries && entries.length > 0 && (
        <>
          <Table caption={texts.audit.caption} columns={columns}>
            {entries.map((entry) => (
              <tr key={entry.id}>
                <td data-title={columns.time}>{moment(entry.time)}</td>
                <td data-title={columns.agent}>{whoDid(entry, names)}</td>
                <td data-title={columns.action}>{texts.audit.action(entry.action)}</td>
                <td data-title={columns.ticket}>{entry.ticket && <TicketLink number={entry.ticket} />}</td>
                <td data-title={columns.detail} className="table-words">
                  {detailOf(entry, names)}
                </td>
              </tr>
            ))}
          </Table>
          {!isAtEnd && entries.length >= PAGE && (
            <button type="button" className="button" onClick={() => void more()}>
              {texts.more}
            </button>
          )}
        </>
      )}
    </Page>
  );
}

function TicketLink({ number }: { number: string }) {
  const ticket = Number(number.replace(/\D/g, ''));
  return <a href={hrefOf({ page: 'desk', ticket, info: false })}>{number}</a>;
}
