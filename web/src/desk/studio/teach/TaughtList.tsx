import { useState } from 'react';
import type { FormEvent } from 'react';
import { LoadProblem } from '../../parts/LoadProblem';
import { say } from '../../store';
import { useLoad } from '../../useLoad';
import { fetchTaught, teach } from './api';
import { IntentPicker } from './IntentPicker';
import { nameOf, texts } from './texts';
import type { Changes, Intent, Said } from './types';
import { useAction } from './useAction';

/** What leads taught, and what every version must understand. */
export function TaughtList() {
  const { value, problem, retry } = useLoad(fetchTaught);
  const [filter, setFilter] = useState('');
  const { act, isBusy, problem: refused } = useAction();
  const words = texts.taught;
  const must = new Map(value?.mustStay.map(({ text, intent }) => [text, intent]));

  const change = (changes: { taught?: Changes; mustStay?: Changes }, told: string) =>
    act(async () => {
      await teach(changes);
      say(told);
      retry();
    });

  const shown = (sentences: Said[]) => sentences.filter(({ text }) => text.includes(filter.trim()));

  return (
    <>
      <p className="soft">{words.explain}</p>
      <LoadProblem problem={problem} retry={retry} isLoading={!value && !problem} />
      {value && (
        <>
          <AddForm
            intents={value.intents}
            isBusy={isBusy}
            onAdd={(text, intent, uses) =>
              void change(
                {
                  ...(uses.taught && { taught: { [text]: intent } }),
                  ...(uses.mustStay && { mustStay: { [text]: intent } }),
                },
                words.added(text, nameOf(intent, value.intents), uses.taught),
              )
            }
          />
          <p className="form-problem" role="alert">
            {refused}
          </p>
          <div className="page-form">
            <label className="grow">
              {words.filter}
              <input type="search" value={filter} onChange={(event) => setFilter(event.target.value)} />
            </label>
          </div>
          <List title={words.mustTitle} said={shown(value.mustStay)} intents={value.intents}>
            {({ text }) => (
              <button
                type="button"
                className="link"
                aria-label={words.drop(text)}
                disabled={isBusy}
                onClick={() => void change({ mustStay: { [text]: null } }, words.dropped)}
              >
                {words.dropShort}
              </button>
            )}
          </List>
          <List title={words.taughtTitle} said={shown(value.taught)} intents={value.intents}>
            {({ text, intent }) => (
              <>
                {must.get(text) !== intent && (
                  <button
                    type="button"
                    className="link"
                    disabled={isBusy}
                    onClick={() => void change({ mustStay: { [text]: intent } }, words.guarded)}
                  >
                    {words.must}
                  </button>
                )}
                <button
                  type="button"
                  className="link"
                  aria-label={words.drop(text)}
                  disabled={isBusy}
                  onClick={() => void change({ taught: { [text]: null } }, words.dropped)}
                >
                  {words.dropShort}
                </button>
              </>
            )}
          </List>
        </>
      )}
    </>
  );
}

interface ListProps {
  title: string;
  said: Said[];
  intents: Intent[];
  children: (one: Said) => React.ReactNode;
}

function List({ title, said, intents, children }: ListProps) {
  return (
    <section className="chart">
      <h3>{title}</h3>
      {said.length === 0 && <p className="soft">{texts.taught.nothing}</p>}
      <ul className="said">
        {said.map((one) => (
          <li key={one.text}>
            <span>{one.text}</span> <b>{nameOf(one.intent, intents)}</b> <span className="said-actions">{children(one)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a sentence is for: to be learnt, and to be checked in every version. */
interface Uses {
  taught: boolean;
  mustStay: boolean;
}

interface AddProps {
  intents: Intent[];
  isBusy: boolean;
  onAdd: (text: string, intent: string, uses: Uses) => void;
}

function AddForm({ intents, isBusy, onAdd }: AddProps) {
  const [text, setText] = useState('');
  const [intent, setIntent] = useState<Intent | null>(null);
  const [uses, setUses] = useState<Uses>({ taught: true, mustStay: false });
  const words = texts.taught;

  const isWhole = intent !== null && text.trim() !== '' && (uses.taught || uses.mustStay);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isWhole) return;
    onAdd(text.trim(), intent.name, uses);
    setText('');
  };

  return (
    <form className="page-form chart" aria-label={words.add} onSubmit={submit}>
      <label className="grow">
        {words.sentence}
        <input required maxLength={150} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="add-intent">
        <span>{intent ? words.means(nameOf(intent.name, intents)) : words.meaning}</span>
        <IntentPicker intents={intents} label={texts.choose} onChoose={setIntent} />
      </div>
      {(['taught', 'mustStay'] as const).map((use) => (
        <label key={use} className="check">
          <input
            type="checkbox"
            checked={uses[use]}
            onChange={() => setUses({ ...uses, [use]: !uses[use] })}
          />
          <span>{words.uses[use]}</span>
        </label>
      ))}
      <button type="submit" className="button button--main" disabled={isBusy || !isWhole}>
        {words.teachIt}
      </button>
    </form>
  );
}
