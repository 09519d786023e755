import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { LoadProblem } from '../../parts/LoadProblem';
import { Page } from '../../parts/Page';
import { useLoad } from '../../useLoad';
import { converse, fetchVersions } from './api';
import { nameOf, texts } from './texts';
import { takeWanted } from './trying';
import type { Intent, Trial, Turn } from './types';
import { useAction } from './useAction';

/** Readings that are less likely say nothing. */
const SLIGHT = 0.05;

const percent = (share: number) => `${Math.round(100 * share)}%`;

/** The version that answers and another one, side by side in the same conversation. */
export function TrialPage() {
  const { value, problem, retry } = useLoad(fetchVersions);
  const [other, setOther] = useState<number | null>(null);
  const [words, setWords] = useState('');
  const [said, setSaid] = useState<string[]>([]);
  const [trials, setTrials] = useState<Trial[]>([]);
  const { act, isBusy, problem: refused } = useAction();

  const there = value?.versions.filter(({ status }) => status === 'ready') ?? [];
  const choices = [0, ...there.map(({ id }) => id)].filter((id) => id !== value?.live);
  const chosen = other ?? there.find(({ id }) => id !== value?.live)?.id ?? choices[0] ?? 0;

  const pressed = new Map(
    trials.flatMap(({ turns }) =>
      turns.flatMap(({ answers }) =>
        answers.flatMap(({ buttons }) => buttons.map(({ payload, title }): [string, string] => [payload, title])),
      ),
    ),
  );

  const talk = (messages: string[], version = chosen) =>
    act(async () => {
      setTrials(await converse(messages, version));
      setSaid(messages);
      setWords('');
    });

  const wanted = useRef(takeWanted());
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the versions are known
  useEffect(() => {
    const asked = wanted.current;
    if (!value || !asked) return;
    wanted.current = null;
    setOther(asked.version);
    void talk(asked.messages, asked.version);
  }, [value]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim()) void talk([...said, words.trim()]);
  };

  return (
    <Page title={texts.trial.title}>
      <p className="soft">{texts.trial.explain}</p>
      <LoadProblem problem={problem} retry={retry} isLoading={!value && !problem} />
      {value && (
        <>
          <form className="page-form" onSubmit={submit}>
            {choices.length > 0 && (
            <label>
              {texts.trial.with}
              <select
                value={chosen}
                onChange={(event) => {
                  const version = Number(event.target.value);
                  setOther(version);
                  if (said.length > 0) void talk(said, version);
                }}
              >
                {choices.map((id) => (
                  <option key={id} value={id}>
                    {texts.trial.version(id)}
                  </option>
                ))}
              </select>
            </label>
            )}
            <label className="grow">
              {texts.trial.say}
              <input maxLength={300} value={words} onChange={(event) => setWords(event.target.value)} />
            </label>
            <button type="submit" className="button button--main" disabled={isBusy || !words.trim()}>
              {texts.trial.send}
            </button>
            {said.length > 0 && (
              <button
                type="button"
                className="button"
                onClick={() => {
                  setSaid([]);
                  setTrials([]);
                }}
              >
                {texts.trial.again}
              </button>
            )}
          </form>
          <p className="form-problem" role="alert">
            {refused}
          </p>
          {choices.length === 0 && <p className="soft">{texts.trial.alone}</p>}
          <p className="soft" role="status">
            {isBusy ? texts.trial.waiting : verdict(trials)}
          </p>
          <div className="trials">
            {trials.map((trial) => (
              <section key={trial.version} className="chart" aria-label={texts.trial.version(trial.version)}>
                <h3>
                  {texts.trial.version(trial.version)}
                  {trial.version === value.live && <span className="soft">{texts.trial.live}</span>}
                </h3>
                {trial.turns.map((turn, place) => (
                  <TurnView
                    key={place}
                    turn={turn}
                    titleOf={(said) => pressed.get(said) ?? said}
                    intents={value.intents}
                    onPress={place === trial.turns.length - 1 ? (payload) => void talk([...said, payload]) : null}
                  />
                ))}
              </section>
            ))}
          </div>
        </>
      )}
    </Page>
  );
}

function verdict(trials: Trial[]): string | null {
  if (trials.length < 2) return null;
  const [one, two] = trials.map(({ turns }) => JSON.stringify(turns.map(({ answers }) => answers)));
  return one === two ? texts.trial.same : texts.trial.different;
}

interface TurnProps {
  turn: Turn;
  /** A button's words for what it says to the assistant. */
  titleOf: (said: string) => string;
  intents: Intent[];
  onPress: ((payload: string) => void) | null;
}

function TurnView({ turn, titleOf, intents, onPress }: TurnProps) {
  const { answers } = turn;
  return (
    <div className="trial-turn">
      <p className="trial-said">
        <span className="sr-only">{texts.trial.said}：</span>
        {titleOf(turn.said)}
      </p>
      {answers.length === 0 && <p className="soft">{texts.trial.silent}</p>}
      {answers.map(({ text, buttons }, place) => (
        <div key={place} className="trial-answer">
          <p>{text}</p>
          {onPress &&
            buttons.map(({ title, payload }) => (
              <button key={payload} type="button" className="button" onClick={() => onPress(payload)}>
                {title}
              </button>
            ))}
        </div>
      ))}
      <details>
        <summary>
          {texts.trial.heard(nameOf(turn.intent, intents))}
          <span className="soft"> {texts.trial.details}</span>
        </summary>
        <h4>{texts.trial.intents}</h4>
        <ul>
          {turn.ranking.filter(({ confidence }) => confidence >= SLIGHT).map(({ name, confidence }) => (
            <li key={name}>
              {nameOf(name, intents)} {percent(confidence)}
            </li>
          ))}
        </ul>
        <details>
        <summary>{texts.trial.engineers}</summary>
        <h4>{texts.trial.acts}</h4>
        <ul>
          {turn.acts.map(({ name, confidence }) => (
            <li key={name}>
              <code>{name}</code> {percent(confidence)}
            </li>
          ))}
        </ul>
        <h4>{texts.trial.readings}</h4>
        <ul>
          {turn.readings.filter(({ name, confidence }) => confidence >= SLIGHT || name === turn.decided).map(({ name, confidence, atLeast, evidence }) => (
            <li key={name} className={name === turn.decided ? 'decides' : undefined}>
              <code>{name}</code> {percent(confidence)} / {percent(atLeast)} {evidence}
              {name === turn.decided && <b> {texts.trial.decides}</b>}
            </li>
          ))}
        </ul>
        {!turn.decided && <p>{texts.trial.byIntent}</p>}
        </details>
      </details>
    </div>
  );
}
