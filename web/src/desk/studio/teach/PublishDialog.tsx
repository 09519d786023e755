import { useState } from 'react';
import type { FormEvent } from 'react';
import { Dialog } from '../../parts/Dialog';
import { texts as common } from '../../texts';
import { publish } from './api';
import { nameOf, texts } from './texts';
import type { Intent, Regression } from './types';
import { useAction } from './useAction';

const SHORTEST_REASON = 4;

interface Props {
  version: number;
  live: number;
  /** It has answered before: going back asks for no reason. */
  wasLive: boolean;
  regressions: Regression[];
  intents: Intent[];
  onDone: () => void;
  onClose: () => void;
}

export function PublishDialog({ version, live, wasLive, regressions, intents, onDone, onClose }: Props) {
  const [reason, setReason] = useState('');
  const { act, isBusy, problem } = useAction();
  const words = texts.versions;
  const isWorse = regressions.length > 0 && !wasLive;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      await publish(version, live, reason);
      onDone();
    });
  };

  return (
    <Dialog
      title={version > 0 ? words.confirmTitle(version) : words.backToInstalled}
      onClose={onClose}
      isWritten={reason.trim() !== ''}
    >
      {(leave) => (
        <form className="topic-form" onSubmit={submit}>
          <p>{words.confirm}</p>
          {isWorse && (
            <>
              <p className="form-problem">{words.refused}</p>
              <ul className="regressions">
                {regressions.map((each) => (
                  <li key={each.kind + each.intent}>{words.regression(each, nameOf(each.intent, intents))}</li>
                ))}
              </ul>
              <label>
                {words.why}
                <textarea
                  required
                  minLength={SHORTEST_REASON}
                  maxLength={200}
                  rows={2}
                  value={reason}
                  onChange={(event) => setReason(event.target.value)}
                />
              </label>
            </>
          )}
          <p className="form-problem" role="alert">
            {problem}
          </p>
          <div className="form-actions">
            <button type="button" className="button" onClick={leave}>
              {common.cancel}
            </button>
            <button
              type="submit"
              className={`button ${isWorse ? 'button--danger' : 'button--main'}`}
              data-first
              disabled={isBusy}
            >
              {isWorse ? words.anyway : wasLive || version === 0 ? words.back : words.publish}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
