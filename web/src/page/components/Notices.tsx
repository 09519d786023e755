import { CloseIcon, WarningIcon } from '../../shared/icons';
import { texts } from '../texts';
import type { Status } from '../types';
import type { Connection } from '../useConnection';

interface Props {
  connection: Connection;
  rateLimit: string | null;
  /** Who was speaking when the session was lost. */
  lost: Status['speaker'] | null;
  onLossSeen: () => void;
}

/** Why nothing gets through. How to go on is beside the message that was not sent. */
export function Notices({ connection, rateLimit, lost, onLossSeen }: Props) {
  return (
    <>
      <Notice name="connection" sentence={connection === 'good' ? null : texts[connection]} />
      <Notice name="rate-limit" sentence={rateLimit} />
      <Notice name="lost" sentence={lost && texts.lost[lost]} onDismiss={onLossSeen} />
    </>
  );
}

interface NoticeProps {
  name: string;
  sentence: string | null;
  onDismiss?: () => void;
}

function Notice({ name, sentence, onDismiss }: NoticeProps) {
  return (
    // The empty element stays: screen readers only speak up about changes inside a known one.
    <div role="status" data-notice={name}>
      {sentence && (
        <div className="notice">
          <WarningIcon />
          <span>{sentence}</span>
          {onDismiss && (
            <button type="button" className="icon-button" aria-label={texts.close} onClick={onDismiss}>
              <CloseIcon />
            </button>
          )}
        </div>
      )}
    </div>
  );
}
