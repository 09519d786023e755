import { useCallback, useState } from 'react';
import { LoadProblem } from '../../parts/LoadProblem';
import { Page } from '../../parts/Page';
import { say } from '../../store';
import { useLoad } from '../../useLoad';
import { fetchGroups, unteach } from './api';
import { SentenceGroup } from './SentenceGroup';
import { TaughtList } from './TaughtList';
import { texts } from './texts';
import type { Group } from './types';
import { useAction } from './useAction';

const SPANS = [1, 7, 30, 90];

/** What was taught last, and how to take it back. */
export interface Lesson {
  told: string;
  edits: number[];
  seqs: number[];
}

export function SentencesPage() {
  const [shown, setShown] = useState<'todo' | 'taught'>('todo');
  const words = texts.sentences;
  return (
    <Page title={words.title}>
      <p className="soft">{words.explain}</p>
      <div className="tabs" role="group" aria-label={words.tabs}>
        {(['todo', 'taught'] as const).map((tab) => (
          <button key={tab} type="button" className="button" aria-pressed={tab === shown} onClick={() => setShown(tab)}>
            {words[tab]}
          </button>
        ))}
      </div>
      {shown === 'todo' ? <ToDo /> : <TaughtList />}
    </Page>
  );
}

function ToDo() {
  const [days, setDays] = useState(7);
  const [last, setLast] = useState<Lesson | null>(null);
  const { act, isBusy, problem: refused } = useAction();
  const load = useCallback(() => fetchGroups(days), [days]);
  const { value, setValue, problem, retry } = useLoad(load);
  const words = texts.sentences;

  /** What is taught vanishes; the rest of its group stays. */
  const onTaught = (lesson: Lesson) => {
    setLast(lesson);
    setValue((before) =>
      before && {
        ...before,
        groups: before.groups.flatMap((group): Group[] => {
          const sentences = group.sentences.filter(({ seq }) => !lesson.seqs.includes(seq));
          return sentences.length > 0 ? [{ ...group, sentences }] : [];
        }),
      },
    );
  };

  const undo = (lesson: Lesson) =>
    act(async () => {
      await unteach(lesson.edits, lesson.seqs);
      setLast(null);
      say(texts.undone);
      retry();
    });

  return (
    <>
      <div className="page-form">
        <label>
          {words.days}
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {SPANS.map((span) => (
              <option key={span} value={span}>
                {words.lastDays(span)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div role="status">
        {last && (
          <p className="notice-bar">
            {last.told}{' '}
            <button type="button" className="link" disabled={isBusy} onClick={() => void undo(last)}>
              {texts.undo}
            </button>
          </p>
        )}
      </div>
      <p className="form-problem" role="alert">
        {refused}
      </p>
      <LoadProblem problem={problem} retry={retry} isLoading={!value && !problem} />
      <p className="soft" role="status">
        {value?.groups.length === 0 && words.nothing}
      </p>
      {value?.groups.map((group) => (
        <SentenceGroup key={group.sentences[0]!.seq} group={group} intents={value.intents} onTaught={onTaught} />
      ))}
    </>
  );
}
