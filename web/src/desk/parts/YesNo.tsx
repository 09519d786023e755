import { useId } from 'react';
import { texts } from '../texts';

interface Props {
  title: string;
  value: boolean | null;
  onChange: (value: boolean) => void;
  /** Where a dialog puts the focus. */
  isFirst?: boolean;
}

/** Whether something was solved: nothing is chosen in advance. */
export function YesNo({ title, value, onChange, isFirst = false }: Props) {
  const name = useId();
  return (
    <fieldset className="yes-no">
      <legend>{title}</legend>
      {[true, false].map((answer) => (
        <label key={String(answer)}>
          <input
            type="radio"
            name={name}
            checked={value === answer}
            data-first={isFirst && answer ? true : undefined}
            onChange={() => onChange(answer)}
          />
          {answer ? texts.end.yes : texts.end.no}
        </label>
      ))}
    </fieldset>
  );
}
