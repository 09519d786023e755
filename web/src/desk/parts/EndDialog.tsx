import { useState } from 'react';
import type { FormEvent, KeyboardEvent } from 'react';
import { sentenceOf } from '../http';
import { solvedWord } from '../queue';
import { texts } from '../texts';
import { close, judge } from '../tickets';
import { moment } from '../times';
import type { Details, Ticket } from '../types';
import { CategoryField } from './CategoryField';
import { Dialog } from './Dialog';
import { YesNo } from './YesNo';

interface Props {
  ticket: Ticket;
  closing: Details['closing'];
  onClose: () => void;
}

/** What is said of a ticket at its end: Space and Enter are enough where the summary fits. */
export function EndDialog({ ticket, closing, onClose }: Props) {
  const [solved, setSolved] = useState<boolean | null>(ticket.solved);
  const [needless, setNeedless] = useState(ticket.needless ?? false);
  const [before, setBefore] = useState<boolean | null>(null);
  const [category, setCategory] = useState(ticket.category);
  const [summary, setSummary] = useState(closing.summary);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const isOver = ticket.status === 'closed';

  const end = async (event?: FormEvent) => {
    event?.preventDefault();
    if (isSending) return;
    if (solved === null) {
      setProblem(texts.end.choose);
      return;
    }
    setSending(true);
    setProblem(null);
    try {
      // First: once the talk is over, the earlier ticket may be another's alone.
      if (closing.before && before !== null) await judge(closing.before, before);
      await close(ticket, {
        solved,
        ...(needless !== (ticket.needless ?? false) && { needless }),
        ...(category !== ticket.category && { category }),
        ...(summary.trim() && { summary: summary.trim() }),
      });
      onClose();
    } catch (error) {
      setProblem(sentenceOf(error));
      setSending(false);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void end();
  };

  const title = isOver ? texts.end.change(ticket.number) : texts.end.title(ticket.number);
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void end(event)} onKeyDown={onKeyDown}>
        {!isOver && <p className="soft">{texts.end.explain}</p>}
        <YesNo title={texts.end.solved} value={solved} onChange={setSolved} isFirst />
        <label className="check">
          <input type="checkbox" checked={needless} onChange={() => setNeedless(!needless)} />
          <span>
            {texts.end.needless} <span className="soft">{texts.end.needlessHint}</span>
          </span>
        </label>
        {closing.before && (
          <YesNo title={askBefore(closing.before)} value={before} onChange={setBefore} />
        )}
        <CategoryField
          label={texts.end.category}
          current={ticket.category}
          value={category}
          onChange={setCategory}
        />
        <label>
          {texts.end.summary}
          <textarea
            rows={5}
            maxLength={1000}
            value={summary}
            title={texts.end.summaryHint}
            onChange={(event) => setSummary(event.target.value)}
          />
          <span className="soft">{texts.end.summaryHint}</span>
        </label>
        <p className="form-problem" role="alert">
          {problem}
        </p>
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button
            type="submit"
            className={isOver ? 'button button--main' : 'button button--danger'}
            aria-disabled={isSending}
          >
            {isOver ? texts.end.save : texts.end.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const askBefore = (ticket: Ticket): string =>
  texts.end.before(
    ticket.number,
    moment(ticket.closed ?? ticket.created),
    solvedWord(ticket) || texts.end.unsaid,
  );
