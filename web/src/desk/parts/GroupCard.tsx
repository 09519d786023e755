import { useState } from 'react';
import { assignSentences } from '../api';
import { sentenceOf } from '../http';
import { say } from '../store';
import { texts } from '../texts';
import type { Group, Intent } from '../types';
import { IntentPicker } from './IntentPicker';

interface Props {
  group: Group;
  intents: Intent[];
  onAssigned: (seqs: number[]) => void;
}

/** Sentences alike; those left ticked are assigned together. */
export function GroupCard({ group, intents, onAssigned }: Props) {
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set());
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const seqs = group.sentences.map(({ seq }) => seq).filter((seq) => !left.has(seq));

  const toggle = (seq: number) => {
    const next = new Set(left);
    if (!next.delete(seq)) next.add(seq);
    setLeft(next);
  };

  const assign = async (intent: Intent | null) => {
    if (isSending) return;
    if (seqs.length === 0) {
      setProblem(texts.unanswered.pickSome);
      return;
    }
    setSending(true);
    setProblem(null);
    try {
      await assignSentences(seqs, intent?.name ?? null);
      const count = seqs.length;
      say(intent ? texts.unanswered.assigned(count, intent.title) : texts.unanswered.dropped(count));
      onAssigned(seqs);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
    setSending(false);
  };

  return (
    <section className="chart group">
      <fieldset>
        <legend>{texts.unanswered.group(group.sentences.length)}</legend>
        {group.sentences.map(({ seq, text }) => (
          <label key={seq} className="check">
            <input type="checkbox" checked={!left.has(seq)} onChange={() => toggle(seq)} />
            <span>{text}</span>
          </label>
        ))}
      </fieldset>
      <div className="group-actions">
        {group.guesses.length > 0 && <span className="soft">{texts.unanswered.guesses}</span>}
        {group.guesses.map((guess) => (
          <button key={guess.name} type="button" className="button" onClick={() => void assign(guess)}>
            {guess.title}
          </button>
        ))}
        <IntentPicker intents={intents} onChoose={(intent) => void assign(intent)} />
        <button type="button" className="button button--danger" onClick={() => void assign(null)}>
          {texts.unanswered.none}
        </button>
      </div>
      <p className="form-problem" role="alert">
        {problem}
      </p>
    </section>
  );
}
