// The input. ChatUI's composer is not used: its send button cannot be reached by keyboard.
import { Button, Input } from '@chatui/core';
import { forwardRef, useImperativeHandle, useRef, useState } from 'react';
import type { FormEvent, KeyboardEvent } from 'react';
import { texts } from '../texts';

export interface ComposerHandle {
  /** Put a text back into the input, before anything typed since. */
  edit: (text: string) => void;
}

export const Composer = forwardRef<ComposerHandle, { onSend: (text: string) => void }>(
  function Composer({ onSend }, ref) {
    const [text, setText] = useState('');
    const input = useRef<HTMLTextAreaElement>(null);

    useImperativeHandle(ref, () => ({
      edit(before) {
        setText((typed) => (typed.trim() ? `${before}\n${typed}` : before));
        input.current?.focus();
      },
    }));

    const send = () => {
      if (!text.trim()) return;
      onSend(text.trim());
      setText('');
    };

    const onSubmit = (event: FormEvent) => {
      event.preventDefault();
      send();
    };

    const onKeyDown = (event: KeyboardEvent) => {
      // Enter also confirms a word in a Chinese input method; 229 is how Safari tells.
      const composing = event.nativeEvent.isComposing || event.keyCode === 229;
      if (event.key !== 'Enter' || event.shiftKey || composing) return;
      event.preventDefault();
      send();
    };

    return (
      <form className="composer" onSubmit={onSubmit}>
        <Input
          ref={input as never}
          autoSize
          rows={1}
          maxRows={5}
          value={text}
          onChange={setText}
          onKeyDown={onKeyDown}
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
  },
);
