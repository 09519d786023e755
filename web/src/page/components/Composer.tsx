// The input. ChatUI's composer is not used: its send button cannot be reached by keyboard.
import { Button, Input } from '@chatui/core';
import { forwardRef, useImperativeHandle, useRef, useState } from 'react';
import type { ClipboardEvent, FormEvent, KeyboardEvent } from 'react';
import { AttachButton } from '../../shared/AttachButton';
import { isComposing } from '../../shared/isComposing';
import type { PictureLimits } from '../../shared/picture';
import { texts } from '../texts';
import type { TextSize } from '../textSize';

export interface ComposerHandle {
  /** Put a text back into the input, before anything typed since. */
  edit: (text: string) => void;
  /** The same, without asking for the keyboard. */
  bringBack: (text: string) => void;
  focus: () => void;
}

interface Props {
  /** Without them, the server takes no pictures. */
  limits: PictureLimits | null;
  textSize: TextSize;
  /** What stands in the input, whenever the customer changes it. */
  onWrite: (text: string) => void;
  onSend: (text: string) => void;
  onFiles: (files: File[]) => void;
}

export const Composer = forwardRef<ComposerHandle, Props>(function Composer(props, ref) {
  const { limits, textSize, onWrite, onSend, onFiles } = props;
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);

  const write = (next: string) => {
    setText(next);
    onWrite(next);
  };

  const bringBack = (before: string) => write(text.trim() ? `${before}\n${text}` : before);

  useImperativeHandle(ref, () => ({
    edit(before) {
      bringBack(before);
      input.current?.focus();
    },
    bringBack,
    focus() {
      input.current?.focus();
    },
  }));

  const send = () => {
    if (!text.trim()) return;
    onSend(text.trim());
    write('');
  };

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    send();
  };

  const onPaste = (event: ClipboardEvent) => {
    const { clipboardData } = event;
    const files = Array.from(clipboardData.files);
    // Office programs put a picture of a copied text beside it; the text is what is meant.
    if (!limits || files.length === 0 || clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    onFiles(files);
  };

  return (
    <form className="composer" onSubmit={onSubmit}>
      {limits && <AttachButton types={limits.pictureTypes} onFiles={onFiles} />}
      <Input
        // ChatUI measures the height of a line only once.
        key={textSize}
        ref={input as never}
        autoSize
        rows={1}
        maxRows={5}
        value={text}
        onChange={write}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        placeholder={texts.placeholder}
        aria-label={texts.composerLabel}
        enterKeyHint="send"
        autoComplete="off"
      />
      <Button
        color="primary"
        disabled={!text.trim()}
        // Keeps the focus in the input, so that the phone's keyboard does not fold away.
        onMouseDown={(event) => event.preventDefault()}
        onClick={send}
      >
        {texts.send}
      </Button>
    </form>
  );
});
