import { useEffect, useId, useRef } from 'react';
import type { MouseEvent, ReactNode } from 'react';
import { CloseIcon } from '../../shared/icons';
import { texts } from '../texts';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  className?: string;
}

/** The browser's own modal dialog: it keeps the focus in, and the page behind out. */
export function Dialog({ title, onClose, children, className = '' }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

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
    if (event.target === dialog.current) onClose(); // beside it
  };

  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault(); // React decides when it is gone
        if (event.target === dialog.current) onClose(); // not that of a dialog on top of it
      }}
      onClick={onClick}
    >
      <div className="dialog-inside">
        <header className="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" className="icon-button" aria-label={texts.close} onClick={onClose}>
            <CloseIcon />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
