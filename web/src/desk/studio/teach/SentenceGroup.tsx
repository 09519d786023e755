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
  /** What was taught last on this page: the next group may be the same. */
  recent: Intent[];
  onTaught: (lesson: Lesson) => void;
}

/** Sentences alike; those left ticked are taught together. */
export function SentenceGroup({ group, intents, recent, onTaught }: Props) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<'near' | 'topic' | null>(null);
  const { act, isBusy, problem, setProblem } = useAction();
  const ticked = group.sentences.filter(({ text }) => !left.has(text));
  const different = [...new Map(group.sentences.map((each) => [each.text, each])).values()];
  const timesOf = (text: string) => group.sentences.filter((each) => each.text === text).length;
  const seqs = ticked.map(({ seq }) => seq);
  const chosen = [...new Set(ticked.map(({ text }) => text))];
  const words = texts.sentences;
  const again = recent.filter(({ name }) => !group.guesses.some((guess) => guess.name === name));

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
      const taught = Object.fromEntries(chosen.map((text) => [text, intent]));
      const edits = await teach({ taught, seqs, intent });
      onTaught({ told: words.learnt(chosen.length, nameOf(intent, intents)), edits, seqs, intent });
    });
  };

  const dismiss = () => {
    if (!some()) return;
    void act(async () => {
      await teach({ seqs });
      onTaught({ told: words.dismissed(chosen.length), edits: [], seqs });
    });
  };

  const choice = ({ name }: Intent) => (
    <button key={name} type="button" className="button" disabled={isBusy} onClick={() => assign(name)}>
      {nameOf(name, intents)}
    </button>
  );

  return (
    <section className="chart group">
      <fieldset>
        <legend>{words.group(different.length)}</legend>
        {different.map(({ text, why, answer, summary }) => (
          <div key={text} className="sentence">
            <label className="check">
              <input type="checkbox" checked={!left.has(text)} onChange={() => toggle(text)} />
              <span>{text}</span>
              <span className="mark">{words.why[why]}</span>
              {timesOf(text) > 1 && <span className="soft">{words.times(timesOf(text))}</span>}
            </label>
            {answer && <p className="soft said-answer">{words.answered(answer)}</p>}
            {summary && <p className="soft said-answer">{words.helped(summary)}</p>}
          </div>
        ))}
      </fieldset>
      <div className="group-actions">
        <span className="soft">{group.guesses.length > 0 ? words.guesses : words.noGuess}</span>
        {group.guesses.map(choice)}
        <IntentPicker intents={intents} label={words.other} onChoose={({ name }) => assign(name)} />
        <button type="button" className="button" onClick={() => some() && setOpen('topic')}>
          {words.newTopic}
        </button>
        {again.length > 0 && <span className="soft">{words.recent}</span>}
        {again.map(choice)}
        <button type="button" className="button" disabled={isBusy} onClick={() => assign(OUTSIDE)}>
          {words.outside}
        </button>
        <button
          type="button"
          className="button"
          disabled={isBusy}
          title={words.dismissHint}
          onClick={dismiss}
        >
          {words.dismiss}
        </button>
        <button
          type="button"
          className="link"
          aria-expanded={open === 'near'}
          onClick={() => setOpen(open === 'near' ? null : 'near')}
        >
          {open === 'near' ? words.hide : words.look}
        </button>
      </div>
      <p className="soft" role="status">
        {isBusy && texts.saving}
      </p>
      <p className="form-problem" role="alert">
        {problem}
      </p>
      {open === 'near' && <NearList sentences={chosen} intents={intents} onMoved={onTaught} />}
      {open === 'topic' && (
        <TopicDialog
          sentences={chosen}
          intents={intents}
          onMade={(topic, edits) => {
            setOpen(null);
            onTaught({ told: words.made(topic.title), edits, seqs, intent: topic.name });
          }}
          seqs={seqs}
          onClose={() => setOpen(null)}
        />
      )}
    </section>
  );
}
