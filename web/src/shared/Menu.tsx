import { useEffect, useRef, useState } from 'react';
import type { ButtonHTMLAttributes, KeyboardEvent, MouseEvent, ReactNode } from 'react';
import { MoreIcon } from './icons';

interface Props {
  label: string;
  children: ReactNode;
}

/** The ⋯ in a title bar, and what it opens. */
export function Menu({ label, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  const items = () =>
    Array.from(root.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: looked up when it opens
  useEffect(() => {
    if (!isOpen) return;
    items()[0]?.focus();
    const onPress = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    const leave = () => setOpen(false);
    document.addEventListener('pointerdown', onPress);
    window.addEventListener('blur', leave); // a press outside the iframe
    return () => {
      document.removeEventListener('pointerdown', onPress);
      window.removeEventListener('blur', leave);
    };
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

  const onClick = (event: MouseEvent) => {
    // A choice (menuitemradio) leaves it open, so that the others can be compared.
    if ((event.target as Element).closest('[role=menuitem]')) close();
  };

  return (
    <div className="menu" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        ref={button}
        className="icon-button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <MoreIcon />
      </button>
      {isOpen && (
        <div className="menu-items" role="menu" aria-label={label} onClick={onClick}>
          {children}
        </div>
      )}
    </div>
  );
}

export function MenuItem(props: ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button type="button" role="menuitem" tabIndex={-1} {...props} />;
}
