import { useState } from 'react';
import { teach } from './api';
import { IntentPicker } from './IntentPicker';
import { NearList } from './NearList';
import type { Lesson } from './SentencesPage';
import { nameOf, texts } from './texts';
import { TopicDialog } from './TopicDialog';
import type { Group, Intent } from './types';
import { useAction } from './useAction';

const OUTSIDE = 'out_of_scope';

interface Props {
  group: Group;
  intents: Intent[];
  onTaught: (lesson: Lesson) => void;
}

/** Sentences alike; those left ticked are taught together. */
export function SentenceGroup({ group, intents, onTaught }: Props) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<'near' | 'topic' | null>(null);
  const { act, isBusy, problem, setProblem } = useAction();
  const ticked = group.sentences.filter(({ text }) => !left.has(text));
  const different = [...new Map(group.sentences.map((each) => [each.text, each])).values()];
  const timesOf = (text: string) => group.sentences.filter((each) => each.text === text).length;
  const seqs = ticked.map(({ seq }) => seq);
  const words = texts.sentences;

  const toggle = (text: string) => {
    const next = new Set(left);
    if (!next.delete(text)) next.add(text);
    setLeft(next);
  };

  const some = (): boolean => {
    if (seqs.length === 0) setProblem(words.pickSome);
    return seqs.length > 0;
  };

  const assign = (intent: string) => {
    if (!some()) return;
    void act(async () => {
      const taught = Object.fromEntries(ticked.map(({ text }) => [text, intent]));
      const edits = await teach({ taught, seqs, intent });
      onTaught({ told: words.learnt(seqs.length, nameOf(intent, intents)), edits, seqs });
    });
  };

  return (
    <section className="chart group">
      <fieldset>
        <legend>{words.group(group.sentences.length)}</legend>
        {different.map(({ text, why }) => (
          <label key={text} className="check">
            <input type="checkbox" checked={!left.has(text)} onChange={() => toggle(text)} />
            <span>{text}</span>
            <span className="mark">{words.why[why]}</span>
            {timesOf(text) > 1 && <span className="soft">{words.times(timesOf(text))}</span>}
          </label>
        ))}
      </fieldset>
      <div className="group-actions">
        {group.guesses.length > 0 && <span className="soft">{words.guesses}</span>}
        {group.guesses.map(({ name, title }) => (
          <button key={name} type="button" className="button" disabled={isBusy} onClick={() => assign(name)}>
            {title}
          </button>
        ))}
        <IntentPicker intents={intents} label={words.other} onChoose={({ name }) => assign(name)} />
        <button type="button" className="button" onClick={() => some() && setOpen('topic')}>
          {words.newTopic}
        </button>
        <button type="button" className="button button--danger" disabled={isBusy} onClick={() => assign(OUTSIDE)}>
          {words.outside}
        </button>
        <button
          type="button"
          className="button"
          aria-expanded={open === 'near'}
          onClick={() => setOpen(open === 'near' ? null : 'near')}
        >
          {open === 'near' ? words.hide : words.look}
        </button>
      </div>
      <p className="form-problem" role="alert">
        {problem}
      </p>
      {open === 'near' && (
        <NearList sentences={[...new Set(ticked.map(({ text }) => text))]} intents={intents} onMoved={onTaught} />
      )}
      {open === 'topic' && (
        <TopicDialog
          sentences={[...new Set(ticked.map(({ text }) => text))]}
          intents={intents}
          onMade={(title, edits) => {
            setOpen(null);
            onTaught({ told: words.made(title), edits, seqs });
          }}
          seqs={seqs}
          onClose={() => setOpen(null)}
        />
      )}
    </section>
  );
}
