import { useState } from 'react';
import type { FormEvent } from 'react';
import { Dialog } from '../../parts/Dialog';
import { useLoad } from '../../useLoad';
import { fetchTaught, makeTopic } from './api';
import { NearSentences } from './NearList';
import { texts as common } from '../../texts';
import { texts } from './texts';
import type { Intent } from './types';
import { useAction } from './useAction';

interface Props {
  sentences: string[];
  seqs: number[];
  intents: Intent[];
  onMade: (topic: Intent, edits: number[]) => void;
  onClose: () => void;
}

/** A topic that there was not: what it is called, what is said, how customers ask for it. */
export function TopicDialog({ sentences, seqs, intents, onMade, onClose }: Props) {
  const [title, setTitle] = useState('');
  const [category, setCategory] = useState('');
  const [answer, setAnswer] = useState('');
  const [examples, setExamples] = useState(sentences.join('\n'));
  const [along, setAlong] = useState<ReadonlySet<string>>(new Set());
  const { value: taught } = useLoad(fetchTaught);
  const { act, isBusy, problem } = useAction();
  const written = examples.split('\n').map((line) => line.trim()).filter(Boolean);
  const all = [...new Set([...written, ...along])];
  const words = texts.topic;
  const isWritten =
    [title, category, answer].some((each) => each.trim() !== '') || examples !== sentences.join('\n') || along.size > 0;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      const { name, edits } = await makeTopic({ title, category, answer, sentences: all, seqs });
      onMade({ name, title }, edits);
    });
  };

  return (
    <Dialog title={words.title} onClose={onClose} className="dialog--wide" isWritten={isWritten}>
      {(leave) => (
        <form className="topic-form" onSubmit={submit}>
          <p className="soft">{words.explain}</p>
          <label>
            {words.name}
            <input data-first required maxLength={40} value={title} onChange={(event) => setTitle(event.target.value)} />
            <span className="soft">{words.nameHint}</span>
          </label>
          <label>
            {words.category}
            <select required value={category} onChange={(event) => setCategory(event.target.value)}>
              <option value="">{words.chooseCategory}</option>
              {taught?.categories.map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
            <span className="soft">{words.categoryHint}</span>
          </label>
          <label>
            {words.answer}
            <textarea required rows={4} value={answer} placeholder={words.answerHint} onChange={(event) => setAnswer(event.target.value)} />
          </label>
          <label>
            {words.examples}
            <textarea required rows={6} value={examples} onChange={(event) => setExamples(event.target.value)} />
          </label>
          <section className="near">
            <h3>{words.along}</h3>
            <NearSentences sentences={sentences} intents={intents} ticked={along} onTick={setAlong} />
          </section>
          <div className="topic-end">
            <p className="soft" role="status">
              {isBusy ? texts.saving : words.few(all.length)}{' '}
              {!isBusy && along.size > 0 && texts.near.along(along.size)}
            </p>
            <p className="form-problem" role="alert">
              {problem}
            </p>
            <div className="form-actions">
              <button type="button" className="button" onClick={leave}>
                {common.cancel}
              </button>
              <button type="submit" className="button button--main" disabled={isBusy}>
                {words.save}
              </button>
            </div>
          </div>
        </form>
      )}
    </Dialog>
  );
}
