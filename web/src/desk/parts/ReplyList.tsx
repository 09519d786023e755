import { useEffect, useRef } from 'react';
import { texts } from '../texts';
import type { Reply } from '../types';

interface Props {
  id: string;
  replies: Reply[];
  chosen: number;
  onChoose: (reply: Reply) => void;
  onHover: (index: number) => void;
}

/** The focus stays in the input; it says which one is chosen (aria-activedescendant). */
export function ReplyList({ id, replies, chosen, onChoose, onHover }: Props) {
  const list = useRef<HTMLUListElement>(null);

  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  return (
    <ul
      className="options composer-replies"
      role="listbox"
      id={id}
      aria-label={texts.composer.replies}
      tabIndex={0} // it scrolls
      ref={list}
    >
      {replies.map((reply, index) => (
        <li
          key={index}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          onPointerMove={() => onHover(index)}
          onPointerDown={(event) => event.preventDefault() /* the focus stays */}
          onClick={() => onChoose(reply)}
        >
          <span className="option-title">
            {reply.title || reply.shortcut} <kbd>/{reply.shortcut}</kbd>
          </span>
          <span className="option-text">{reply.text}</span>
        </li>
      ))}
    </ul>
  );
}
