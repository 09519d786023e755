import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { ApiError } from '../../shared/http';
import { sentenceOf } from '../http';
import { login } from '../session';
import { texts } from '../texts';

export function LoginPage({ wasLost }: { wasLost: boolean }) {
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(wasLost ? texts.login.lost : null);
  const [isSending, setSending] = useState(false);
  const [patience, setPatience] = useState(0);

  useEffect(() => name.current?.focus(), []);

  useEffect(() => {
    if (patience <= 0) return;
    const timer = setTimeout(() => setPatience(patience - 1), 1000);
    return () => clearTimeout(timer);
  }, [patience]);

  const refuse = (sentence: string, input: HTMLInputElement | null) => {
    setProblem(sentence);
    input?.focus();
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending || patience > 0) return;
    const given = { name: name.current!.value.trim(), password: password.current!.value };
    if (!given.name) return refuse(texts.login.nameMissing, name.current);
    if (!given.password) return refuse(texts.login.passwordMissing, password.current);
    setSending(true);
    setProblem(null);
    try {
      await login(given.name, given.password);
    } catch (error) {
      setSending(false);
      if (error instanceof ApiError && error.status === 429) {
        setPatience(Math.ceil(error.patience));
        setProblem(error.sentence);
      } else {
        refuse(sentenceOf(error), password.current);
        password.current?.select();
      }
    }
  };

  return (
    <main className="login">
      <form onSubmit={(event) => void submit(event)} noValidate aria-labelledby="login-title">
        <h1 id="login-title">{texts.login.title}</h1>
        <label>
          {texts.login.name}
          <input
            ref={name}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
          />
        </label>
        <label>
          {texts.login.password}
          <input ref={password} name="password" type="password" autoComplete="current-password" required />
        </label>
        {/* Always there: screen readers only speak up about changes inside a known element. */}
        <p className="form-problem" role="alert">
          {problem}
        </p>
        <button type="submit" className="button button--main" disabled={isSending || patience > 0}>
          {patience > 0
            ? texts.login.again(patience)
            : isSending
              ? texts.login.submitting
              : texts.login.submit}
        </button>
      </form>
    </main>
  );
}
