import { useEffect, useId, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react';
import { CloseIcon } from '../../shared/icons';
import { isComposing } from '../../shared/isComposing';
import { texts } from '../texts';

interface Props {
  title: string;
  onClose: () => void;
  /** Or, called with how to leave: its own 取消. */
  children: ReactNode | ((leave: () => void) => ReactNode);
  className?: string;
  /** Whether something was written in it that is lost with it: then it asks first. */
  isWritten?: boolean;
}

/** The browser's own modal dialog: it keeps the focus in, and the page behind out. */
export function Dialog({ title, onClose, children, className = '', isWritten = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [isLeaving, setLeaving] = useState(false);
  const leave = () => (isWritten ? setLeaving(true) : onClose());

  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const element = dialog.current!;
    element.showModal();
    // Not the cross, which the browser would take because it comes first.
    element.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => {
      element.close();
      // The button that opened it may be gone with what it did (a ticket given away).
      const back = before?.isConnected ? before : document.querySelector<HTMLElement>('.info h2');
      back?.focus({ preventScroll: true });
    };
  }, []);

  const onClick = (event: MouseEvent) => {
    if (event.target === dialog.current) leave(); // beside it
  };

  // Browsers let no page hold a dialog back that is told to close twice: it is not told.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isWritten || isComposing(event) || isLeaving) return;
    event.preventDefault();
    setLeaving(true);
  };

  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault(); // React decides when it is gone
        if (event.target === dialog.current) leave(); // not that of a dialog on top of it
      }}
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      <div className="dialog-inside">
        <header className="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" className="icon-button" aria-label={texts.close} onClick={leave}>
            <CloseIcon />
          </button>
        </header>
        {typeof children === 'function' ? children(leave) : children}
      </div>
      {isLeaving && (
        <Dialog title={texts.giveUp.title} onClose={() => setLeaving(false)}>
          <div className="form-actions">
            <button type="button" className="button" data-first onClick={() => setLeaving(false)}>
              {texts.giveUp.stay}
            </button>
            <button type="button" className="button button--danger" onClick={onClose}>
              {texts.giveUp.leave}
            </button>
          </div>
        </Dialog>
      )}
    </dialog>
  );
}
