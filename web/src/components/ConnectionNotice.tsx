import { texts } from '../texts';
import { WarningIcon } from './icons';

interface Props {
  connection: 'good' | 'offline' | 'unreachable';
}

/** Why nothing arrives. How to go on is beside the message that was not sent. */
export function ConnectionNotice({ connection }: Props) {
  return (
    // The empty element stays: screen readers only speak up about changes inside a known one.
    <div role="status">
      {connection !== 'good' && (
        <div className="notice">
          <WarningIcon />
          <span>{texts[connection]}</span>
        </div>
      )}
    </div>
  );
}
