import { useEffect } from 'react';
import { openTicket } from './route';
import { current } from './store';
import { takeNext } from './tickets';

/** The keys that work everywhere; HelpDialog tells of them. */
export function useShortcuts(onHelp: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.isComposing || event.ctrlKey || event.metaKey) return;
      if (document.querySelector('dialog[open]')) return;
      if (event.altKey) {
        // By the key's place: with Alt, a Mac types another character.
        const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
        const ticket = digit && current().queue?.mine[Number(digit) - 1];
        if (digit) event.preventDefault();
        if (ticket) openTicket(ticket.id);
        const suggestion = { KeyJ: 0, KeyK: 1, KeyL: 2 }[event.code];
        if (suggestion !== undefined) {
          event.preventDefault();
          document.querySelectorAll<HTMLElement>('[data-shortcut="suggestion"]')[suggestion]?.click();
        }
        if (event.code === 'KeyE') {
          event.preventDefault();
          // The button is there when there is something to end, and opens the dialog.
          document.querySelector<HTMLElement>('[data-shortcut="end"]')?.click();
        }
        if (event.code === 'KeyN' && !event.repeat) {
          event.preventDefault();
          void takeNext().then((id) => id !== null && openTicket(id));
        }
      } else if (event.key === '?' || event.key === '？') {
        const { target } = event;
        if (target instanceof HTMLElement && target.matches('input, textarea, select')) return;
        event.preventDefault();
        onHelp();
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [onHelp]);
}
