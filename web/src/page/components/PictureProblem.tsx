import { CloseIcon, WarningIcon } from '../../shared/icons';
import { texts } from '../texts';

interface Props {
  sentence: string | null;
  onDismiss: () => void;
}

/** Why a picture was not even tried to be sent. */
export function PictureProblem({ sentence, onDismiss }: Props) {
  return (
    <div role="alert">
      {sentence && (
        <div className="notice">
          <WarningIcon />
          <span>{sentence}</span>
          <button type="button" className="icon-button" aria-label={texts.close} onClick={onDismiss}>
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}
