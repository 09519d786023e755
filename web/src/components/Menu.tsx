import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { texts } from '../texts';
import { TEXT_SIZES } from '../textSize';
import type { TextSize } from '../textSize';
import { CheckIcon, MoreIcon } from './icons';

interface Props {
  textSize: TextSize;
  onTextSize: (size: TextSize) => void;
  onRate: () => void;
}

/** The ⋯ in the title bar. */
export function Menu({ textSize, onTextSize, onRate }: Props) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  const items = () =>
    Array.from(root.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? []);

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

  return (
    <div className="menu" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        ref={button}
        className="icon-button"
        aria-label={texts.menu}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <MoreIcon />
      </button>
      {isOpen && (
        <div className="menu-items" role="menu" aria-label={texts.menu}>
          <button
            type="button"
            role="menuitem"
            tabIndex={-1}
            onClick={() => {
              setOpen(false);
              onRate();
            }}
          >
            {texts.rating.open}
          </button>
          <div role="group" aria-label={texts.textSize}>
            <div className="menu-heading" aria-hidden="true">
              {texts.textSize}
            </div>
            {/* Stays open, so that the sizes can be compared. */}
            {TEXT_SIZES.map((size) => (
              <button
                key={size}
                type="button"
                role="menuitemradio"
                aria-checked={size === textSize}
                tabIndex={-1}
                onClick={() => onTextSize(size)}
              >
                <span className={`menu-size menu-size--${size}`}>{texts.textSizes[size]}</span>
                {size === textSize && <CheckIcon />}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
