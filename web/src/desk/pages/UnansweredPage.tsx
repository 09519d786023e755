import { useCallback, useState } from 'react';
import { fetchUnanswered } from '../api';
import { GroupCard } from '../parts/GroupCard';
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { useDesk } from '../store';
import { texts } from '../texts';
import type { Group } from '../types';
import { useLoad } from '../useLoad';

const SPANS = [1, 7, 30, 90];
const NO_INTENTS: never[] = [];

export function UnansweredPage() {
  const [days, setDays] = useState(7);
  const intents = useDesk((state) => state.me?.intents ?? NO_INTENTS);
  const load = useCallback(() => fetchUnanswered(days), [days]);
  const { value: groups, setValue, problem, retry } = useLoad(load);

  /** What is assigned vanishes; the rest of its group stays. */
  const remove = (seqs: number[]) =>
    setValue((before) =>
      (before ?? []).flatMap((group): Group[] => {
        const sentences = group.sentences.filter(({ seq }) => !seqs.includes(seq));
        return sentences.length > 0 ? [{ ...group, sentences }] : [];
      }),
    );

  return (
    <Page title={texts.unanswered.title}>
      <p className="soft">{texts.unanswered.explain}</p>
      <div className="page-form">
        <label>
          {texts.unanswered.days}
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {SPANS.map((span) => (
              <option key={span} value={span}>
                {texts.unanswered.lastDays(span)}
              </option>
            ))}
          </select>
        </label>
        <a className="button" href="/desk/api/unanswered/export.yml" download>
          {texts.unanswered.export}
        </a>
      </div>
      <LoadProblem problem={problem} retry={retry} isLoading={!groups && !problem} />
      <p className="soft" role="status">
        {groups?.length === 0 && texts.unanswered.nothing}
      </p>
      {groups?.map((group) => (
        <GroupCard key={group.sentences[0]!.seq} group={group} intents={intents} onAssigned={remove} />
      ))}
    </Page>
  );
}
