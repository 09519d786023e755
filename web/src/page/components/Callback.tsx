import { Button } from '@chatui/core';
import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { ApiError } from '../../shared/http';
import { dropPhone, leavePhone } from '../api';
import { texts } from '../texts';

/** Nobody is there: a phone number may be left, by an explicit yes. */
export function Callback({ isKept }: { isKept: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const [phone, setPhone] = useState('');
  const [agrees, setAgrees] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const yes = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (isOpen) input.current?.focus();
  }, [isOpen]);

  const ask = async (what: () => Promise<unknown>) => {
    setProblem(null);
    try {
      await what();
      setOpen(false);
      setPhone('');
      setAgrees(false);
    } catch (error) {
      const told = error instanceof ApiError && error.failure !== 'connection';
      setProblem(told ? error.sentence : texts.callback.failed);
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const missing = !phone.trim() ? input : agrees ? null : yes;
    if (missing === null) {
      void ask(() => leavePhone(phone));
      return;
    }
    setProblem(missing === input ? texts.callback.noPhone : texts.callback.noYes);
    missing.current?.focus();
  };

  const cancel = () => {
    setProblem(null);
    setOpen(false);
  };

  const { callback } = texts;
  const alert = (
    <p className="callback-problem" role="alert">
      {problem}
    </p>
  );
  return (
    <section className="callback" aria-label={callback.label}>
      {isKept ? (
        <p>
          {callback.kept}
          <Button onClick={() => void ask(dropPhone)}>{callback.drop}</Button>
        </p>
      ) : isOpen ? (
        <form onSubmit={submit}>
          <label>
            {callback.phone}
            <input
              ref={input}
              type="tel"
              autoComplete="tel"
              maxLength={24}
              value={phone}
              onChange={(event) => setPhone(event.target.value)}
            />
          </label>
          <label className="callback-agree">
            <input ref={yes} type="checkbox" checked={agrees} onChange={() => setAgrees(!agrees)} />
            {callback.agree}
          </label>
          {alert}
          <div className="callback-actions">
            <Button onClick={cancel}>{callback.cancel}</Button>
            <Button type="submit" color="primary">
              {callback.submit}
            </Button>
          </div>
        </form>
      ) : (
        <p>
          {callback.offer}
          <Button onClick={() => setOpen(true)}>{callback.open}</Button>
        </p>
      )}
      {(isKept || !isOpen) && alert}
    </section>
  );
}
