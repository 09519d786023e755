import { useState } from 'react';
import { sentenceOf } from '../http';
import { texts } from '../texts';
import { close } from '../tickets';
import type { Ticket } from '../types';
import { Dialog } from './Dialog';

interface Props {
  ticket: Ticket;
  onClose: () => void;
}

export function EndDialog({ ticket, onClose }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  const end = async () => {
    if (isSending) return;
    setSending(true);
    setProblem(null);
    try {
      await close(ticket);
      onClose();
    } catch (error) {
      setProblem(sentenceOf(error));
      setSending(false);
    }
  };

  return (
    <Dialog title={texts.end.title(ticket.number)} onClose={onClose}>
      <div className="form">
        <p>{texts.end.explain}</p>
        <p className="form-problem" role="alert">
          {problem}
        </p>
        <div className="form-actions">
          <button type="button" data-first className="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button
            type="button"
            className="button button--danger"
            aria-disabled={isSending}
            onClick={() => void end()}
          >
            {texts.end.submit}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
