import { useState } from 'react';
import type { FormEvent } from 'react';
import { changeAccount, makeAccount } from '../api';
import { sentenceOf } from '../http';
import { say, useDesk } from '../store';
import { texts } from '../texts';
import type { Account } from '../types';
import { Dialog } from './Dialog';
import { NewPassword } from './PasswordDialog';

interface Props {
  /** null: a new one is made. */
  account: Account | null;
  onClose: () => void;
  onDone: () => void;
}

export function AccountDialog({ account, onClose, onDone }: Props) {
  const categories = useDesk((state) => state.me?.categories) ?? [];
  const [login, setLogin] = useState('');
  const [name, setName] = useState(account?.name ?? '');
  const [role, setRole] = useState<Account['role']>(account?.role ?? 'agent');
  const [skills, setSkills] = useState<string[]>(account?.skills ?? []);
  const [locked, setLocked] = useState(account?.locked ?? false);
  const [password, setPassword] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const toggle = (skill: string) =>
    setSkills(skills.includes(skill) ? skills.filter((one) => one !== skill) : [...skills, skill]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      if (account === null) {
        setPassword(await makeAccount({ login: login.trim(), name: name.trim(), role, skills }));
        return;
      }
      const changed = await changeAccount(account.id, { name: name.trim(), role, skills, locked });
      say(texts.accounts.done(changed.name));
      onDone();
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };

  const title = account ? texts.accounts.changeOf(account.name) : texts.accounts.make;
  if (password !== null) {
    return (
      <Dialog title={title} onClose={onDone}>
        <div className="form">
          <NewPassword name={name} password={password} />
          <div className="form-actions">
            <button type="button" data-first className="button" onClick={onDone}>
              {texts.close}
            </button>
          </div>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        {account === null && (
          <label>
            {texts.login.name}
            <input
              data-first
              required
              maxLength={64}
              autoCapitalize="none"
              autoComplete="off"
              value={login}
              onChange={(event) => setLogin(event.target.value)}
            />
          </label>
        )}
        <label>
          {texts.accounts.nameHint}
          <input required maxLength={64} value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          {texts.accounts.columns.role}
          <select value={role} onChange={(event) => setRole(event.target.value === 'lead' ? 'lead' : 'agent')}>
            <option value="agent">{texts.accounts.role.agent}</option>
            <option value="lead">{texts.accounts.role.lead}</option>
          </select>
        </label>
        <fieldset className="skills">
          <legend>
            {texts.accounts.columns.skills} <small className="soft">{texts.accounts.skillsHint}</small>
          </legend>
          {categories.map((skill) => (
            <label key={skill} className="check">
              <input type="checkbox" checked={skills.includes(skill)} onChange={() => toggle(skill)} />
              {skill}
            </label>
          ))}
        </fieldset>
        {account && (
          <label className="check">
            <input type="checkbox" checked={locked} onChange={() => setLocked(!locked)} />
            {texts.accounts.lock}
          </label>
        )}
        <p className="form-problem" role="alert">
          {problem}
        </p>
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button type="submit" className="button button--main">
            {texts.accounts.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
