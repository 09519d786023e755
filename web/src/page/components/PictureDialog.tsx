import { useEffect, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { createPortal } from 'react-dom';
import { CloseIcon } from '../../shared/icons';
import type { Picture } from '../../shared/types';
import { texts } from '../texts';

interface Props {
  picture: Picture;
  what: string;
  onClose: () => void;
}

/** A picture over the whole page. Not <dialog>: Safari has it only since 15.4. */
export function PictureDialog({ picture, what, onClose }: Props) {
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const page = document.getElementById('root')!;
    page.setAttribute('aria-hidden', 'true');
    button.current?.focus();
    return () => {
      page.removeAttribute('aria-hidden');
      before?.focus({ preventScroll: true });
    };
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      onClose();
    } else if (event.key === 'Tab') {
      event.preventDefault(); // there is nowhere else to go
    }
  };

  return createPortal(
    <div
      className="picture-dialog"
      role="dialog"
      aria-modal="true"
      aria-label={what}
      onKeyDown={onKeyDown}
      onClick={onClose}
    >
      <img src={picture.url} alt={what} onClick={(event) => event.stopPropagation()} />
      <button type="button" ref={button} className="icon-button" aria-label={texts.close} onClick={onClose}>
        <CloseIcon />
      </button>
    </div>,
    document.body,
  );
}
