import { useCallback, useState } from 'react';
import { LoadProblem } from '../../parts/LoadProblem';
import { Page } from '../../parts/Page';
import { hrefOf } from '../../route';
import { say } from '../../store';
import { useLoad } from '../../useLoad';
import { fetchGroups, unteach } from './api';
import { SentenceGroup } from './SentenceGroup';
import { TaughtList } from './TaughtList';
import { texts } from './texts';
import type { Group } from './types';
import { useAction } from './useAction';

const OUTSIDE = 'out_of_scope';
const SPANS = [1, 7, 30, 90];

/** What was taught last, and how to take it back. */
export interface Lesson {
  told: string;
  edits: number[];
  seqs: number[];
  intent?: string;
}

/** Topics that are offered again, as the last ones taught. */
const RECENT = 2;

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
  const [recent, setRecent] = useState<string[]>([]);
  const { act, isBusy, problem: refused } = useAction();
  const load = useCallback(() => fetchGroups(days), [days]);
  const { value, setValue, problem, retry } = useLoad(load);
  const words = texts.sentences;
  const known = value?.intents ?? [];
  const count = value?.groups.reduce((sum, { sentences }) => sum + sentences.length, 0) ?? 0;

  /** What is taught vanishes; the rest of its group stays. */
  const onTaught = (lesson: Lesson) => {
    setLast(lesson);
    const { intent } = lesson;
    if (intent && intent !== OUTSIDE) {
      setRecent((before) => [intent, ...before.filter((each) => each !== intent)].slice(0, RECENT));
      if (!known.some(({ name }) => name === intent)) retry(); // a topic that is new
    }
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
      <div role="status" className="lesson">
        {last && (
          <p className="notice-bar">
            {last.told}{' '}
            <button type="button" className="link" disabled={isBusy} onClick={() => void undo(last)}>
              {texts.undo}
            </button>{' '}
            {last.edits.length > 0 && <a href={hrefOf({ page: 'versions' })}>{words.toTrain}</a>}
          </p>
        )}
      </div>
      <p className="form-problem" role="alert">
        {refused}
      </p>
      <LoadProblem problem={problem} retry={retry} isLoading={!value && !problem} />
      <p className="soft" role="status">
        {value && (count > 0 ? words.counted(count, value.groups.length) : words.nothing)}
      </p>
      {value?.groups.map((group) => (
        <SentenceGroup
          key={group.sentences[0]!.seq}
          group={group}
          intents={known}
          recent={recent.flatMap((name) => known.find((each) => each.name === name) ?? [])}
          onTaught={onTaught}
        />
      ))}
    </>
  );
}
