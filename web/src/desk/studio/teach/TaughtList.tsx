import { useState } from 'react';
import type { FormEvent } from 'react';
import { Dialog } from '../../parts/Dialog';
import { LoadProblem } from '../../parts/LoadProblem';
import { say } from '../../store';
import { texts as common } from '../../texts';
import { useLoad } from '../../useLoad';
import { fetchNear, fetchTaught, teach, unteach } from './api';
import { contradictionOf } from './contradiction';
import type { Contradiction } from './contradiction';
import { IntentPicker } from './IntentPicker';
import { nameOf, texts } from './texts';
import type { Changes, Intent, Said } from './types';
import { useAction } from './useAction';

/** What leads taught, and what every version must understand. */
export function TaughtList() {
  const { value, problem, retry } = useLoad(fetchTaught);
  const [filter, setFilter] = useState('');
  const { act, isBusy, problem: refused } = useAction();
  const [last, setLast] = useState<{ told: string; edits: number[] } | null>(null);
  const words = texts.taught;
  const must = new Map(value?.mustStay.map(({ text, intent }) => [text, intent]));

  const change = (changes: { taught?: Changes; mustStay?: Changes }, told: string) =>
    act(async () => {
      setLast({ told, edits: await teach(changes) });
      retry();
    });

  const undo = (edits: number[]) =>
    act(async () => {
      await unteach(edits, []);
      setLast(null);
      say(texts.undone);
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
              change(
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
          <div role="status" className="lesson">
            {last && (
              <p className="notice-bar">
                {last.told}{' '}
                {last.edits.length > 0 && (
                  <button type="button" className="link" disabled={isBusy} onClick={() => void undo(last.edits)}>
                    {texts.undo}
                  </button>
                )}
              </p>
            )}
          </div>
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
  /** Tells whether it was taken. */
  onAdd: (text: string, intent: string, uses: Uses) => Promise<boolean>;
}

function AddForm({ intents, isBusy, onAdd }: AddProps) {
  const [text, setText] = useState('');
  const [intent, setIntent] = useState<Intent | null>(null);
  const [uses, setUses] = useState<Uses>({ taught: true, mustStay: false });
  const [isLooking, setLooking] = useState(false);
  const [against, setAgainst] = useState<Contradiction | null>(null);
  const words = texts.taught;

  const isWhole = intent !== null && text.trim() !== '' && (uses.taught || uses.mustStay);

  const add = async (name: string) => {
    setAgainst(null);
    if (await onAdd(text.trim(), name, uses)) setText('');
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isWhole || isLooking) return;
    setLooking(true);
    // Where nobody can look, the lead's word holds.
    const nearest = await fetchNear([text.trim()], '').catch(() => null);
    setLooking(false);
    const found = contradictionOf(nearest?.near ?? [], intent.name);
    if (found) setAgainst(found);
    else await add(intent.name);
  };

  return (
    <form className="page-form chart" aria-label={words.add} onSubmit={(event) => void submit(event)}>
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
      <button type="submit" className="button button--main" disabled={isBusy || isLooking || !isWhole}>
        {words.teachIt}
      </button>
      <p className="soft" role="status">
        {isLooking && texts.near.loading}
      </p>
      {against && intent && (
        <Dialog title={words.against(nameOf(against.intent, intents))} onClose={() => setAgainst(null)}>
          <p>{words.againstExplain(text.trim(), nameOf(intent.name, intents))}</p>
          <ul className="said">
            {against.sentences.map((each) => (
              <li key={each}>
                <span>{each}</span> <b>{nameOf(against.intent, intents)}</b>
              </li>
            ))}
          </ul>
          <div className="form-actions">
            <button type="button" className="button" data-first onClick={() => setAgainst(null)}>
              {common.cancel}
            </button>
            <button type="button" className="button" disabled={isBusy} onClick={() => void add(intent.name)}>
              {words.allTheSame(nameOf(intent.name, intents))}
            </button>
            <button type="button" className="button button--main" disabled={isBusy} onClick={() => void add(against.intent)}>
              {words.asTheOthers(nameOf(against.intent, intents))}
            </button>
          </div>
        </Dialog>
      )}
    </form>
  );
}
