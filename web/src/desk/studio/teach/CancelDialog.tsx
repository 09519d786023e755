import { Dialog } from '../../parts/Dialog';
import { cancel } from './api';
import { texts } from './texts';
import { useAction } from './useAction';

interface Props {
  version: number;
  minutes: number;
  onDone: () => void;
  onClose: () => void;
}

/** Minutes of work are gone after it: it asks. */
export function CancelDialog({ version, minutes, onDone, onClose }: Props) {
  const { act, isBusy, problem } = useAction();
  const words = texts.versions;

  const stop = () =>
    void act(async () => {
      await cancel(version);
      onDone();
    });

  return (
    <Dialog title={words.cancelTitle(version)} onClose={onClose}>
      <p>{words.cancelExplain(minutes)}</p>
      <p className="form-problem" role="alert">
        {problem}
      </p>
      <div className="form-actions">
        <button type="button" className="button" data-first onClick={onClose}>
          {words.goOn}
        </button>
        <button type="button" className="button button--danger" disabled={isBusy} onClick={stop}>
          {words.cancel}
        </button>
      </div>
    </Dialog>
  );
}
