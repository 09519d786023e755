import { Button } from '@chatui/core';
import { useEffect, useRef, useState } from 'react';
import { texts } from '../texts';

interface Props {
  /** Ends the conversation with the agent. */
  onEnd: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks whether the conversation with the agent shall end: it can't be brought back. */
export function EndHuman({ onEnd, onClose }: Props) {
  const [state, setState] = useState<'asks' | 'ends' | 'failed'>('asks');
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    stay.current?.focus();
  }, []);

  const end = async () => {
    setState('ends');
    try {
      await onEnd();
      onClose();
    } catch {
      setState('failed');
    }
  };

  return (
    <section
      className="end-human"
      role="alertdialog"
      aria-label={texts.endHuman.button}
      aria-describedby="end-human-question"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onClose();
      }}
    >
      <p id="end-human-question">{texts.endHuman.question}</p>
      <p className="end-human-problem" role="alert">
        {state === 'failed' && texts.endHuman.failed}
      </p>
      <div className="end-human-actions">
        <Button ref={stay} onClick={onClose}>
          {texts.endHuman.no}
        </Button>
        <Button color="primary" disabled={state === 'ends'} onClick={() => void end()}>
          {texts.endHuman.yes}
        </Button>
      </div>
    </section>
  );
}
