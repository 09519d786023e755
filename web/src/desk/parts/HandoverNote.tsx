import { LockIcon } from '../../shared/icons';
import { handoverNote } from '../queue';
import { texts } from '../texts';
import type { Note, Ticket } from '../types';

/** What the agent before wrote for the next, where nobody has to look for it. */
export function HandoverNote({ ticket, notes }: { ticket: Ticket; notes: Note[] }) {
  const note = handoverNote(ticket, notes);
  if (!note) return null;
  return (
    <div className="handover" role="note" aria-label={texts.conversation.handover} tabIndex={0}>
      <LockIcon />
      <p>
        <strong>{texts.conversation.handoverBy(note.agent)}</strong>
        {note.text}
      </p>
    </div>
  );
}
