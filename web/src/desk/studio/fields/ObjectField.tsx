import { isRecord } from '../../../shared/reading';
import { idOf } from '../data';
import { focusSoon, useForm } from '../form';
import { emptyOf, isOf, resolve } from '../schema';
import { texts } from '../texts';
import type { Rules } from '../types';
import { Field } from './Field';
import type { FieldProps } from './Field';
import { Hint, Problems } from './Frame';

/** The named parts of a whole. What may be left out and is not there can be added. */
export function ObjectField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, definitions } = useForm();
  const whole = isRecord(value) ? value : {};
  const parts = Object.entries(rules.properties ?? {}).map(([name, given]) => {
    const part = resolve(given, definitions);
    const isRequired = rules.required?.includes(name) ?? false;
    // A box to tick and a choice say by themselves that they are not written.
    const isShown = name in whole || isRequired || isOf(part, 'boolean') || part.enum !== undefined;
    return { name, given, part, isRequired, isShown };
  });
  const title = (name: string, part: Rules) => part.title ?? name;

  const add = (name: string, part: Rules) => {
    const ordered: Record<string, unknown> = {};
    for (const each of parts) {
      if (each.name === name) ordered[name] = emptyOf(part, definitions);
      else if (each.name in whole) ordered[each.name] = whole[each.name];
    }
    change(path, ordered);
    focusSoon(idOf([...path, name]));
  };

  const field = ({ name, given, part, isRequired }: (typeof parts)[number]) => (
    <Field
      key={name}
      rules={given}
      path={[...path, name]}
      value={whole[name]}
      label={title(name, part)}
      isOptional={!isRequired}
    />
  );
  const shown = parts.filter(({ isShown }) => isShown);
  const plain = shown.filter(({ part }) => !part['x-advanced']);
  const advanced = shown.filter(({ part }) => part['x-advanced']);
  const missing = parts.filter(({ isShown }) => !isShown);

  const inside = (
    <>
      <Problems path={path} />
      {plain.map(field)}
      {missing.length > 0 && (
        <div className="part-add">
          <span className="soft">{texts.addPart}</span>
          {missing.map(({ name, part }) => (
            <button key={name} type="button" className="button" onClick={() => add(name, part)}>
              {title(name, part)}
            </button>
          ))}
        </div>
      )}
      {advanced.length > 0 && (
        <details className="advanced">
          <summary>{texts.advanced}</summary>
          {advanced.map(field)}
        </details>
      )}
    </>
  );

  // The root and an item have their heading already.
  const last = path[path.length - 1];
  if (typeof last !== 'string' || !rules.title) {
    return (
      <div className="object" id={idOf([...path, '*'])}>
        {inside}
      </div>
    );
  }
  return (
    <fieldset className="part" id={idOf(path)}>
      <legend>{label}</legend>
      <Hint rules={rules} path={path} />
      {inside}
      {isOptional && (
        <div className="part-actions">
          <button type="button" className="link" onClick={() => change(path, undefined)}>
            {texts.remove(label)}
          </button>
        </div>
      )}
    </fieldset>
  );
}
