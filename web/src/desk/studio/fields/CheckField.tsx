import { idOf } from '../data';
import { useForm } from '../form';
import type { FieldProps } from './Field';
import { Hint, Problems } from './Frame';

/** Yes or no; an optional no is not written at all. */
export function CheckField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, look } = useForm();
  return (
    <div className="field">
      <label className="check">
        <input
          id={idOf(path)}
          type="checkbox"
          checked={value === true}
          onChange={(event) => change(path, event.target.checked || (isOptional ? undefined : false))}
          onFocus={() => look(path)}
        />
        <span>{label}</span>
      </label>
      <Hint rules={rules} path={path} />
      <Problems path={path} />
    </div>
  );
}
