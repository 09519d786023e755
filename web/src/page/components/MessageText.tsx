import { useEffect, useRef, useState } from 'react';
import { copy } from '../copy';
import { richText } from '../richText';
import { texts } from '../texts';

interface Props {
  text: string;
  links: readonly string[];
}

/** A message's words; addresses that are allowed can be opened, numbers copied. */
export function MessageText({ text, links }: Props) {
  return (
    <>
      {richText(text, links).map((part, index) => {
        if (part.kind === 'number') return <CopyableNumber key={index} number={part.text} />;
        if (part.kind === 'text') return part.text;
        return (
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer">
            {part.text}
          </a>
        );
      })}
    </>
  );
}

const SHOWN_MS = 2000;

function CopyableNumber({ number }: { number: string }) {
  const [isCopied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);

  const onClick = async () => {
    if (!(await copy(number))) return;
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), SHOWN_MS);
  };

  return (
    <span className="copyable">
      <button type="button" aria-label={texts.copy(number)} onClick={() => void onClick()}>
        {number}
      </button>
      <span className="copyable-done" role="status">
        {isCopied && texts.copied}
      </span>
    </span>
  );
}
