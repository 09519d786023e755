import { useEffect, useState, useSyncExternalStore } from 'react';
import { CloseIcon, WarningIcon } from '../../shared/icons';
import { openTicket } from '../route';
import { dismiss, useDesk } from '../store';
import type { Toast } from '../store';
import { texts } from '../texts';

/** Long enough to read; nothing stays for good, as queue and conversation show it too. */
const READING_MS = 8000;
const ACTING_MS = 20_000;

export function Toasts() {
  const toasts = useDesk((state) => state.toasts);
  return (
    <div className="toasts" role="status" aria-label={texts.toasts}>
      {toasts.map((toast) => (
        <ToastItem key={toast.key} toast={toast} />
      ))}
    </div>
  );
}

function watchVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

function ToastItem({ toast }: { toast: Toast }) {
  const { key, text, ticket, tone } = toast;
  const lasts = tone === 'problem' || ticket !== null ? ACTING_MS : READING_MS;
  /** Under the mouse or with the focus inside. */
  const [isHeld, setHeld] = useState(false);
  const isSeen = useSyncExternalStore(watchVisibility, () => !document.hidden);

  useEffect(() => {
    if (isHeld || !isSeen) return;
    const timer = setTimeout(() => dismiss(key), lasts);
    return () => clearTimeout(timer);
  }, [key, lasts, isHeld, isSeen]);

  return (
    <div
      className="toast"
      data-tone={tone}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {tone === 'problem' && <WarningIcon />}
      <span>{text}</span>
      {ticket !== null && (
        <button
          type="button"
          className="link"
          onClick={() => {
            openTicket(ticket);
            dismiss(key);
          }}
        >
          {texts.openTicket}
        </button>
      )}
      <button type="button" className="icon-button" aria-label={texts.close} onClick={() => dismiss(key)}>
        <CloseIcon />
      </button>
    </div>
  );
}
