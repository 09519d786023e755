import { WarningIcon } from '../../shared/icons';
import { texts } from '../texts';
import type { Connection } from '../useConnection';

interface Props {
  connection: Connection;
  rateLimit: string | null;
}

/** Why nothing gets through. How to go on is beside the message that was not sent. */
export function Notices({ connection, rateLimit }: Props) {
  return (
    <>
      <Notice name="connection" sentence={connection === 'good' ? null : texts[connection]} />
      <Notice name="rate-limit" sentence={rateLimit} />
    </>
  );
}

function Notice({ name, sentence }: { name: string; sentence: string | null }) {
  return (
    // The empty element stays: screen readers only speak up about changes inside a known one.
    <div role="status" data-notice={name}>
      {sentence && (
        <div className="notice">
          <WarningIcon />
          <span>{sentence}</span>
        </div>
      )}
    </div>
  );
}
