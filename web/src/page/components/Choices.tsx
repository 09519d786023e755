import { Button, clsx } from '@chatui/core';
import { texts } from '../texts';
import type { Button as Choice } from '../types';

interface Props {
  choices: Choice[];
  onPress: (choice: Choice) => void;
  /** Make the first one stand out: the way on, in a procedure. */
  leading?: boolean;
}

/** The buttons of a message. */
export function Choices({ choices, onPress, leading = false }: Props) {
  if (choices.length === 0) return null;
  return (
    <div className={clsx('choices', leading && 'choices--leading')} role="group" aria-label={texts.choices}>
      {choices.map((choice, index) => (
        <Button
          key={choice.token}
          {...(leading && index === 0 && { color: 'primary' as const })}
          onClick={() => onPress(choice)}
        >
          {choice.title}
        </Button>
      ))}
    </div>
  );
}
