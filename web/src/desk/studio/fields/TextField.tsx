import { useLayoutEffect, useRef } from 'react';
import { idOf } from '../data';
import { useForm } from '../form';
import type { FieldProps } from './Field';
import { Frame, useDescribed } from './Frame';

/** A text, as high as it is long. */
export function TextField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, look } = useForm();
  const area = useRef<HTMLTextAreaElement>(null);
  const id = idOf(path);
  const said = typeof value === 'string' ? value : '';
  const isShort = !rules['x-lines'] && !rules['x-advanced'];
  const described = useDescribed(id, rules, path);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the text decides how high it is
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [said]);

  const props = {
    id,
    value: said,
    onChange: (event: { target: { value: string } }) => change(path, event.target.value),
    onFocus: () => look(path),
    ...described,
  };
  return (
    <Frame id={id} rules={rules} path={path} label={label} isOptional={isOptional}>
      {isShort ? (
        <input type="text" {...props} />
      ) : (
        <textarea ref={area} rows={1} spellCheck={false} className={rules['x-advanced'] ? 'code' : ''} {...props} />
      )}
    </Frame>
  );
}
