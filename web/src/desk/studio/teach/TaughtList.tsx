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
            onAdd={(text, intent, mustStay) =>
              void change(mustStay ? { mustStay: { [text]: intent } } : { taught: { [text]: intent } }, words.added)
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
                    onClick={() => void change({ mustStay: { [text]: intent } }, words.added)}
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

interface AddProps {
  intents: Intent[];
  isBusy: boolean;
  onAdd: (text: string, intent: string, mustStay: boolean) => void;
}

function AddForm({ intents, isBusy, onAdd }: AddProps) {
  const [text, setText] = useState('');
  const [intent, setIntent] = useState<Intent | null>(null);
  const [mustStay, setMustStay] = useState(true);
  const words = texts.taught;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!intent || !text.trim()) return;
    onAdd(text.trim(), intent.name, mustStay);
    setText('');
  };

  return (
    <form className="page-form chart" aria-label={words.add} onSubmit={submit}>
      <label className="grow">
        {words.sentence}
        <input required maxLength={150} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <IntentPicker intents={intents} label={texts.choose} onChoose={setIntent} />
      {intent && <b>{nameOf(intent.name, intents)}</b>}
      <label className="check">
        <input type="checkbox" checked={mustStay} onChange={() => setMustStay(!mustStay)} />
        <span>{words.must}</span>
      </label>
      <button type="submit" className="button button--main" disabled={isBusy || !intent || !text.trim()}>
        {words.teachIt}
      </button>
    </form>
  );
}
