import { useCallback, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { isComposing } from '../../../shared/isComposing';
import { LoadProblem } from '../../parts/LoadProblem';
import { useLoad } from '../../useLoad';
import { fetchNear, teach } from './api';
import { IntentPicker } from './IntentPicker';
import type { Lesson } from './SentencesPage';
import { nameOf, texts } from './texts';
import type { Intent, Near } from './types';
import { useAction } from './useAction';

const OUTSIDE = 'out_of_scope';

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
  // First what most often contradicts.
  const found = new Map<string, Near[]>([[OUTSIDE, []]]);
  for (const each of value?.near ?? []) found.set(each.intent, [...(found.get(each.intent) ?? []), each]);

  const tick = (some: string[], on: boolean) => {
    const next = new Set(ticked);
    for (const text of some) on ? next.add(text) : next.delete(text);
    onTick(next);
  };

  const search = (wanted: string) => {
    setWords(wanted);
    setAsked(wanted.trim());
  };

  // No form of its own: it stands in one, too.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || isComposing(event)) return;
    event.preventDefault();
    search(words);
  };

  return (
    <>
      <p className="soft">{texts.near.explain}</p>
      {value?.words.map(({ word, outside }) => (
        <p key={word} className="notice-bar">
          {texts.near.claimed(word, outside)}{' '}
          <button type="button" className="link" onClick={() => search(word)}>
            {texts.near.showAll(outside)}
          </button>
        </p>
      ))}
      <div role="search" className="page-form">
        <label className="grow">
          {texts.near.words}
          <input
            type="search"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={onKeyDown}
          />
        </label>
        <button type="button" className="button" onClick={() => search(words)}>
          {texts.search}
        </button>
      </div>
      <LoadProblem problem={problem} retry={retry} isLoading={false} />
      <p className="soft" role="status">
        {!value && !problem && texts.near.loading}
        {value?.near.length === 0 && texts.near.nothing}
      </p>
      {[...found].filter(([, { length }]) => length > 0).map(([intent, sentencesOf]) => {
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
