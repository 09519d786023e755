import { idOf } from '../data';
import { useForm } from '../form';
import { texts } from '../texts';
import type { FieldProps } from './Field';
import { Frame, useDescribed } from './Frame';

/** One of several: fixed words of the schema, or names of other parts of the content. */
export function ChoiceField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, look, choices } = useForm();
  const id = idOf(path);
  const described = useDescribed(id, rules, path);
  const said = typeof value === 'string' ? value : '';
  const named = rules.enum?.map((name) => ({ name, title: rules['x-labels']?.[name] ?? name }));
  const all = named ?? choices[rules['x-choices'] ?? ''] ?? [];
  const common = { id, onFocus: () => look(path), ...described };

  // A category may be a new one.
  if (rules['x-choices'] === 'categories') {
    return (
      <Frame id={id} rules={rules} path={path} label={label} isOptional={isOptional}>
        <input
          type="text"
          list={`${id}-list`}
          value={said}
          onChange={(event) => change(path, event.target.value)}
          {...common}
        />
        <datalist id={`${id}-list`}>
          {all.map(({ name }) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </Frame>
    );
  }

  return (
    <Frame id={id} rules={rules} path={path} label={label} isOptional={false}>
      <select value={said} onChange={(event) => change(path, event.target.value || undefined)} {...common}>
        {(isOptional || said === '') && <option value="">{texts.notWritten}</option>}
        {said !== '' && !all.some(({ name }) => name === said) && <option value={said}>{said}</option>}
        {all.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </Frame>
  );
}
