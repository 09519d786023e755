import { useState } from 'react';
import type { FormEvent } from 'react';
import { LockIcon } from '../../shared/icons';
import { draftOf, keepDraft } from '../drafts';
import { sentenceOf } from '../http';
import { texts } from '../texts';
import { writeNote } from '../tickets';
import { moment } from '../times';
import type { Note } from '../types';

export function NotesPart({ id, notes }: { id: number; notes: Note[] }) {
  const [text, setText] = useState(() => draftOf(id, 'note'));
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const write = (words: string) => {
    setText(words);
    keepDraft(id, words, 'note');
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending || !text.trim()) return;
    setSending(true);
    setProblem(null);
    try {
      await writeNote(id, text.trim());
      write('');
    } catch (error) {
      setProblem(sentenceOf(error));
    }
    setSending(false);
  };

  return (
    <section className="info-part notes">
      <h3>
        {texts.details.notes}
        <span className="private">
          <LockIcon />
          {texts.details.private}
        </span>
      </h3>
      {notes.length === 0 ? (
        <p className="soft">{texts.details.noNotes}</p>
      ) : (
        <ul>
          {notes.map((note) => (
            <li key={note.id}>
              <p className="note-head">
                {note.agent} <time>{moment(note.time)}</time>
              </p>
              <p className="note-text">{note.text}</p>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <textarea
          rows={2}
          value={text}
          aria-label={texts.details.note}
          placeholder={texts.details.note}
          onChange={(event) => write(event.target.value)}
        />
        <p className="form-problem" role="alert">
          {problem}
        </p>
        <button type="submit" className="button" aria-disabled={isSending || !text.trim()}>
          {texts.details.addNote}
        </button>
      </form>
    </section>
  );
}
