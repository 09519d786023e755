import { useState } from 'react';
import { idOf, same } from '../data';
import { useForm } from '../form';
import { resolve } from '../schema';
import { texts } from '../texts';
import type { FieldProps } from './Field';
import { Frame, Problems, useDescribed } from './Frame';

/** A list of short texts, one a line. */
export function WordsField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, look, definitions } = useForm();
  const id = idOf(path);
  const words = Array.isArray(value) ? value.map(String) : [];
  // What is typed has empty lines for a while; anybody else's change is taken over.
  const [typed, setTyped] = useState(words.join('\n'));
  const read = (lines: string) => lines.split('\n').filter((line) => line.trim() !== '');
  const shown = same(read(typed), words) ? typed : words.join('\n');
  const hinted = { ...rules, description: [rules.description, texts.perLine].filter(Boolean).join('；') };
  const described = useDescribed(id, hinted, path);
  return (
    <Frame id={id} rules={hinted} path={path} label={label} isOptional={isOptional}>
      <textarea
        id={id}
        className={resolve(rules.items, definitions)['x-advanced'] ? 'code words' : 'words'}
        rows={Math.min(Math.max(shown.split('\n').length, 2), 12)}
        spellCheck={false}
        value={shown}
        onChange={(event) => {
          setTyped(event.target.value);
          change(path, read(event.target.value));
        }}
        onFocus={() => look(path)}
        {...described}
      />
      {words.map((_, index) => (
        <Problems key={index} path={[...path, index]} />
      ))}
    </Frame>
  );
}
