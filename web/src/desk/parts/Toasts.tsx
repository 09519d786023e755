import { useEffect } from 'react';
import { CloseIcon, WarningIcon } from '../../shared/icons';
import { openTicket } from '../route';
import { dismiss, useDesk } from '../store';
import type { Toast } from '../store';
import { texts } from '../texts';

/** Long enough to read; what has to be acted on stays. */
const READING_MS = 8000;

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

function ToastItem({ toast }: { toast: Toast }) {
  const { key, text, ticket, tone } = toast;
  const stays = tone === 'problem' || ticket !== null;

  useEffect(() => {
    if (stays) return;
    const timer = setTimeout(() => dismiss(key), READING_MS);
    return () => clearTimeout(timer);
  }, [key, stays]);

  return (
    <div className="toast" data-tone={tone}>
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
