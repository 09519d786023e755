import { useState } from 'react';
import { resetPassword } from '../api';
import { sentenceOf } from '../http';
import { texts } from '../texts';
import type { Account } from '../types';
import { Dialog } from './Dialog';

/** Give an account a new password, which is shown once. */
export function PasswordDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const [password, setPassword] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const reset = async () => {
    try {
      setPassword(await resetPassword(account.id));
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };

  return (
    <Dialog title={texts.accounts.resetOf(account.name)} onClose={onClose}>
      <div className="form">
        {password === null ? (
          <p>{texts.accounts.resetExplain(account.name)}</p>
        ) : (
          <NewPassword name={account.name} password={password} />
        )}
        <p className="form-problem" role="alert">
          {problem}
        </p>
        <div className="form-actions">
          <button type="button" data-first className="button" onClick={onClose}>
            {password === null ? texts.cancel : texts.close}
          </button>
          {password === null && (
            <button type="button" className="button button--danger" onClick={() => void reset()}>
              {texts.accounts.reset}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

export function NewPassword({ name, password }: { name: string; password: string }) {
  return (
    <p role="status">
      {texts.accounts.passwordOnce(name)} <code className="password">{password}</code>
    </p>
  );
}
