import { useCallback, useState } from 'react';
import type { FormEvent } from 'react';
import { LoadProblem } from '../../parts/LoadProblem';
import { useLoad } from '../../useLoad';
import { fetchNear, teach } from './api';
import { IntentPicker } from './IntentPicker';
import type { Lesson } from './SentencesPage';
import { nameOf, texts } from './texts';
import type { Intent, Near } from './types';
import { useAction } from './useAction';

interface Props {
  sentences: string[];
  intents: Intent[];
  onMoved: (lesson: Lesson) => void;
}

/** The training sentences that are nearest, by intent; those that contradict are moved. */
export function NearList({ sentences, intents, onMoved }: Props) {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const { act, isBusy, problem } = useAction();

  const move = ({ name }: Intent) => {
    if (isBusy || ticked.size === 0) return;
    void act(async () => {
      const edits = await teach({ taught: Object.fromEntries([...ticked].map((text) => [text, name])) });
      onMoved({ told: texts.sentences.moved(ticked.size, nameOf(name, intents)), edits, seqs: [] });
      setTicked(new Set());
    });
  };

  return (
    <div className="near">
      <NearSentences sentences={sentences} intents={intents} ticked={ticked} onTick={setTicked} />
      {ticked.size > 0 && (
        <div className="group-actions">
          <span>{texts.near.move(ticked.size)}</span>
          <IntentPicker intents={intents} label={texts.near.move(ticked.size)} onChoose={move} />
        </div>
      )}
      <p className="form-problem" role="alert">
        {problem}
      </p>
    </div>
  );
}

interface NearProps {
  sentences: string[];
  intents: Intent[];
  ticked: ReadonlySet<string>;
  onTick: (ticked: ReadonlySet<string>) => void;
}

export function NearSentences({ sentences, intents, ticked, onTick }: NearProps) {
  const [words, setWords] = useState('');
  const [asked, setAsked] = useState('');
  const key = sentences.join('\n');
  const load = useCallback(() => fetchNear(key.split('\n'), asked), [key, asked]);
  const { value, problem, retry } = useLoad(load);
  const found = new Map<string, Near[]>();
  for (const each of value ?? []) found.set(each.intent, [...(found.get(each.intent) ?? []), each]);

  const tick = (some: string[], on: boolean) => {
    const next = new Set(ticked);
    for (const text of some) on ? next.add(text) : next.delete(text);
    onTick(next);
  };

  const search = (event: FormEvent) => {
    event.preventDefault();
    setAsked(words.trim());
  };

  return (
    <>
      <p className="soft">{texts.near.explain}</p>
      <form role="search" className="page-form" onSubmit={search}>
        <label className="grow">
          {texts.near.words}
          <input type="search" value={words} onChange={(event) => setWords(event.target.value)} />
        </label>
        <button type="submit" className="button">
          {texts.search}
        </button>
      </form>
      <LoadProblem problem={problem} retry={retry} isLoading={false} />
      <p className="soft" role="status">
        {!value && !problem && texts.near.loading}
        {value?.length === 0 && texts.near.nothing}
      </p>
      {[...found].map(([intent, sentencesOf]) => {
        const all = sentencesOf.map(({ text }) => text);
        const every = all.every((text) => ticked.has(text));
        return (
          <fieldset key={intent} className="near-intent">
            <legend>{texts.near.of(nameOf(intent, intents), all.length)}</legend>
            <label className="check">
              <input type="checkbox" checked={every} onChange={() => tick(all, !every)} />
              <span className="soft">{texts.near.all}</span>
            </label>
            {sentencesOf.map(({ text, taught }) => (
              <label key={text} className="check">
                <input type="checkbox" checked={ticked.has(text)} onChange={() => tick([text], !ticked.has(text))} />
                <span>{text}</span>
                {taught && <span className="mark">{texts.near.taught}</span>}
              </label>
            ))}
          </fieldset>
        );
      })}
    </>
  );
}
