import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { ClipboardEvent, FormEvent, KeyboardEvent } from 'react';
import { AttachButton } from '../../shared/AttachButton';
import { hasKeyboard } from '../../shared/hasKeyboard';
import { isComposing } from '../../shared/isComposing';
import { useTellTyping } from '../../shared/useTellTyping';
import { sendTyping } from '../api';
import { draftOf, keepDraft, onPutBack } from '../drafts';
import { pictureTypes } from '../picture';
import { findReplies, queryAt } from '../replies';
import { sendText } from '../sending';
import { useDesk } from '../store';
import { texts } from '../texts';
import type { Quota, Reply, Suggestion, Ticket } from '../types';
import { QuotaLine } from './QuotaLine';
import { ReplyList } from './ReplyList';
import { Suggestions } from './Suggestions';

interface Props {
  id: number;
  ticket: Ticket;
  quota: Quota | null;
  onFiles: (files: File[]) => void;
}

export function Composer({ id, ticket, quota, onFiles }: Props) {
  const [text, setText] = useState(() => draftOf(id));
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  /** The text whose list of replies was closed with Escape. */
  const [closedFor, setClosedFor] = useState<string | null>(null);
  const replies = useDesk((state) => state.replies);
  const input = useRef<HTMLTextAreaElement>(null);
  /** Where the caret goes after a reply was put in. */
  const caretAfter = useRef<number | null>(null);
  const tellTyping = useTellTyping(useCallback((on: boolean) => sendTyping(id, on), [id]));
  const listId = useId();

  const query = text === closedFor ? null : queryAt(text, caret);
  const found = query ? findReplies(replies, query.words) : [];
  const isOpen = query !== null && found.length > 0;
  const at = Math.min(chosen, found.length - 1);

  useEffect(() => {
    if (hasKeyboard()) input.current?.focus();
  }, []);

  useEffect(
    () =>
      onPutBack(id, (words) => {
        setText(words);
        setCaret(words.length);
        input.current?.focus();
      }),
    [id],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows what is written
  useLayoutEffect(() => {
    const box = input.current!;
    if (caretAfter.current !== null) {
      box.setSelectionRange(caretAfter.current, caretAfter.current);
      caretAfter.current = null;
    }
    // As high as what is written, up to a limit set in CSS.
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
  }, [text]);

  const write = (next: string, caretNext: number) => {
    setText(next);
    setCaret(caretNext);
    setChosen(0);
    setClosedFor(null);
    keepDraft(id, next);
    tellTyping(next);
  };

  const insert = (reply: Reply) => {
    if (!query) return;
    const next = text.slice(0, query.at) + reply.text + text.slice(caret);
    caretAfter.current = query.at + reply.text.length;
    write(next, caretAfter.current);
    setClosedFor(next); // a reply may itself have a slash in it
    input.current?.focus();
  };

  const take = (suggestion: Suggestion) => {
    const next = text.trim() ? `${text.trimEnd()}\n${suggestion.text}` : suggestion.text;
    caretAfter.current = next.length;
    write(next, next.length);
    setClosedFor(next);
    input.current?.focus();
  };

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const words = text.trim();
    if (!words) return;
    sendText(id, words);
    write('', 0);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (isOpen) {
      const to = { ArrowDown: at + 1, ArrowUp: at - 1 + found.length }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        setChosen(to % found.length);
        return;
      }
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        setClosedFor(text);
        return;
      }
      if ((event.key === 'Enter' && !event.shiftKey) || (event.key === 'Tab' && !event.shiftKey)) {
        event.preventDefault();
        insert(found[at]!);
        return;
      }
    }
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    }
  };

  const onPaste = (event: ClipboardEvent) => {
    const files = Array.from(event.clipboardData.files).filter(({ type }) => type.startsWith('image/'));
    // Office programs put a picture of the copied text beside the text: the text is meant.
    if (files.length === 0 || event.clipboardData.getData('text/plain')) return;
    event.preventDefault();
    onFiles(files);
  };

  const callReplies = () => {
    const box = input.current!;
    const before = text.slice(0, box.selectionStart);
    const slash = before === '' || /\s$/.test(before) ? '/' : ' /';
    caretAfter.current = before.length + slash.length;
    write(before + slash + text.slice(box.selectionStart), caretAfter.current);
    box.focus();
  };

  return (
    <form className="composer" onSubmit={send}>
      <QuotaLine quota={quota} />
      {isOpen && (
        <ReplyList id={listId} replies={found} chosen={at} onChoose={insert} onHover={setChosen} />
      )}
      <Suggestions id={id} ticket={ticket} onTake={take} />
      <p className="sr-only" role="status">
        {query && (isOpen ? texts.composer.found(found.length) : texts.composer.noReplies)}
      </p>
      <textarea
        ref={input}
        rows={2}
        value={text}
        aria-label={texts.composer.label(ticket.number)}
        placeholder={texts.composer.placeholder}
        title={texts.composer.hint}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={isOpen ? listId : undefined}
        aria-activedescendant={isOpen ? `${listId}-${at}` : undefined}
        autoComplete="off"
        onChange={(event) => write(event.target.value, event.target.selectionStart)}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        onBlur={() => tellTyping('')}
      />
      <div className="composer-actions">
        <AttachButton types={pictureTypes} onFiles={onFiles} />
        <button type="button" className="button" onClick={callReplies}>
          {texts.composer.replies}
        </button>
        <span className="composer-hint" aria-hidden="true">
          {texts.composer.hint}
        </span>
        <button type="submit" className="button button--main" aria-disabled={!text.trim()}>
          {texts.composer.send}
        </button>
      </div>
    </form>
  );
}
