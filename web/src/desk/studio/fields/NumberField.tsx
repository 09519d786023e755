import { idOf } from '../data';
import { useForm } from '../form';
import { isOf } from '../schema';
import type { FieldProps } from './Field';
import { Frame, useDescribed } from './Frame';

export function NumberField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, look } = useForm();
  const id = idOf(path);
  const described = useDescribed(id, rules, path);
  return (
    <Frame id={id} rules={rules} path={path} label={label} isOptional={isOptional}>
      <input
        id={id}
        type="number"
        className="number"
        step={isOf(rules, 'integer') ? 1 : 'any'}
        min={rules.minimum}
        max={rules.maximum}
        value={typeof value === 'number' ? value : ''}
        // Emptied, it is no number: the check says so.
        onChange={(event) => change(path, event.target.value === '' ? '' : Number(event.target.value))}
        onFocus={() => look(path)}
        {...described}
      />
    </Frame>
  );
}
