import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { go } from '../route';
import type { LeadPage, Route } from '../route';
import { logout } from '../session';
import { texts } from '../texts';
import { MoreIcon } from './icons';

const LEAD_PAGES: readonly LeadPage[] = ['figures', 'unanswered', 'audit'];

interface Props {
  route: Route;
  isLead: boolean;
  onHelp: () => void;
}

export function Menu({ route, isLead, onHelp }: Props) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const items = () => Array.from(root.current!.querySelectorAll<HTMLElement>('[role=menuitem]'));

  useEffect(() => {
    if (!isOpen) return;
    items()[0]?.focus();
    const onPointerDown = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [isOpen]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) return;
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[
      event.key
    ];
    if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab') {
      close(); // and on to the next from the button
    } else if (to !== undefined) {
      event.preventDefault();
      all[to % all.length]?.focus();
    }
  };

  const item = (title: string, act: () => void, isCurrent = false) => (
    <button
      key={title}
      type="button"
      role="menuitem"
      tabIndex={-1}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={() => {
        close();
        act();
      }}
    >
      {title}
    </button>
  );

  return (
    <div className="menu" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        ref={button}
        className="icon-button"
        aria-label={texts.nav.menu}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <MoreIcon />
      </button>
      {isOpen && (
        <div className="menu-items" role="menu" aria-label={texts.nav.menu}>
          {item(
            texts.nav.desk,
            () => go({ page: 'desk', ticket: null, info: false }),
            route.page === 'desk',
          )}
          {item(texts.nav.search, () => go({ page: 'search' }), route.page === 'search')}
          {isLead &&
            LEAD_PAGES.map((page) => item(texts.nav[page], () => go({ page }), route.page === page))}
          {item(texts.nav.help, onHelp)}
          {item(texts.nav.logout, () => void logout())}
        </div>
      )}
    </div>
  );
}
