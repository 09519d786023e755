import { useEffect, useId, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { isComposing } from '../../../shared/isComposing';
import { nameOf, texts } from './texts';
import type { Intent } from './types';

interface Props {
  intents: Intent[];
  label: string;
  onChoose: (intent: Intent) => void;
}

/** A select to be searched by typing (combobox with a listbox). */
export function IntentPicker({ intents, label, onChoose }: Props) {
  const [words, setWords] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const wanted = words.trim().toLowerCase();
  const found = intents.filter(
    ({ name }) => nameOf(name, intents).toLowerCase().includes(wanted) || name.includes(wanted),
  );
  const at = Math.min(chosen, found.length - 1);

  useEffect(() => {
    if (isOpen) list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [isOpen, at]);

  const choose = (intent: Intent | undefined) => {
    if (!intent) return;
    setOpen(false);
    setWords('');
    onChoose(intent);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + found.length }[event.key];
    if (to !== undefined && found.length > 0) {
      event.preventDefault();
      if (isOpen) setChosen(to % found.length);
      setOpen(true);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (isOpen) choose(found[at]);
    } else if (event.key === 'Escape') {
      setOpen(false);
    }
  };

  return (
    <span className="picker">
      <input
        role="combobox"
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-activedescendant={isOpen && at >= 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        placeholder={texts.choosePlaceholder}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setChosen(0);
          setOpen(true);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {isOpen && (
        <ul className="options" role="listbox" id={id} aria-label={label} ref={list}>
          {found.length === 0 && (
            <li role="option" aria-selected="false" aria-disabled="true">
              {texts.noIntent}
            </li>
          )}
          {found.map((intent, index) => (
            <li
              key={intent.name}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              onPointerMove={() => setChosen(index)}
              onPointerDown={(event) => event.preventDefault() /* the focus stays */}
              onClick={() => choose(intent)}
            >
              {nameOf(intent.name, intents)}
            </li>
          ))}
        </ul>
      )}
    </span>
  );
}
