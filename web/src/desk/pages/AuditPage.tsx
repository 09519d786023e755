import { useCallback, useState } from 'react';
import { fetchAgents, fetchAudit } from '../api';
import { detailOf, whoDid } from '../audit';
import type { Names } from '../audit';
import { sentenceOf } from '../http';
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { Table } from '../parts/Table';
import { say, useDesk } from '../store';
import { texts } from '../texts';
import { moment } from '../times';
import { useLoad } from '../useLoad';

/** As many as the server gives at once. */
const PAGE = 100;

export function AuditPage() {
  const load = useCallback(() => fetchAudit(), []);
  const { value: entries, setValue, problem, retry } = useLoad(load);
  const { value: agents } = useLoad(fetchAgents);
  const intents = useDesk((state) => state.me?.intents);
  const [isAtEnd, setAtEnd] = useState(false);
  const names: Names = { agents: agents ?? [], intents: intents ?? [] };

  const more = async () => {
    try {
      const earlier = await fetchAudit(entries?.[entries.length - 1]?.id);
      if (earlier.length < PAGE) setAtEnd(true);
      setValue((before) => [...(before ?? []), ...earlier]);
    } catch (error) {
      say(sentenceOf(error), 'problem');
    }
  };

  const { columns } = texts.audit;
  return (
    <Page title={texts.audit.title}>
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
                <td data-title={columns.ticket}>{entry.ticket}</td>
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
