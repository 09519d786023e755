import { useState } from 'react';
import { fetchAccounts } from '../api';
import { AccountDialog } from '../parts/AccountDialog';
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { PasswordDialog } from '../parts/PasswordDialog';
import { Table } from '../parts/Table';
import { hrefOf } from '../route';
import { texts } from '../texts';
import type { Account } from '../types';
import { useLoad } from '../useLoad';

type Shown =
  | { dialog: 'change'; account: Account | null }
  | { dialog: 'password'; account: Account };

/** Who may log in, as what, and for which customers. */
export function AccountsPage() {
  const { value: accounts, problem, retry } = useLoad(fetchAccounts);
  const [shown, setShown] = useState<Shown | null>(null);
  const { columns } = texts.accounts;
  const done = () => {
    setShown(null);
    retry();
  };

  return (
    <Page title={texts.accounts.title}>
      <div className="page-form">
        <button
          type="button"
          className="button button--main"
          onClick={() => setShown({ dialog: 'change', account: null })}
        >
          {texts.accounts.make}
        </button>
        <a href={hrefOf({ page: 'content', document: '=desk' })}>{texts.accounts.replies}</a>
      </div>
      <LoadProblem problem={problem} retry={retry} isLoading={!accounts && !problem} />
      {accounts && (
        <Table caption={texts.accounts.caption} columns={columns}>
          {accounts.map((account) => (
            <tr key={account.id}>
              <td data-title={columns.name}>{account.name}</td>
              <td data-title={columns.login}>{account.login}</td>
              <td data-title={columns.role}>{texts.accounts.role[account.role]}</td>
              <td data-title={columns.skills} className="table-words">
                {account.skills.join('、') || texts.accounts.allSkills}
              </td>
              <td data-title={columns.state}>
                {account.locked ? (
                  <span className="marked">{texts.accounts.locked}</span>
                ) : (
                  texts.accounts.open
                )}
              </td>
              <td data-title={columns.actions} className="live-actions">
                <button
                  type="button"
                  className="button"
                  aria-label={texts.accounts.changeOf(account.name)}
                  onClick={() => setShown({ dialog: 'change', account })}
                >
                  {texts.accounts.change}
                </button>
                <button
                  type="button"
                  className="button"
                  aria-label={texts.accounts.resetOf(account.name)}
                  onClick={() => setShown({ dialog: 'password', account })}
                >
                  {texts.accounts.reset}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {shown?.dialog === 'change' && (
        <AccountDialog account={shown.account} onClose={() => setShown(null)} onDone={done} />
      )}
      {shown?.dialog === 'password' && (
        <PasswordDialog account={shown.account} onClose={done} />
      )}
    </Page>
  );
}
