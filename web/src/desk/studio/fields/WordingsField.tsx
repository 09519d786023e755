import { idOf } from '../data';
import { focusSoon, useForm } from '../form';
import { isOf, resolve } from '../schema';
import { texts } from '../texts';
import { Controls } from './Controls';
import type { FieldProps } from './Field';
import { Hint, Problems } from './Frame';
import { TextField } from './TextField';

/** One text, or several of which none is said twice in a row. */
export function WordingsField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, definitions } = useForm();
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const forms = (rules.oneOf ?? []).map((each) => resolve(each, definitions));
  const entry = forms.find((each) => isOf(each, 'array'))?.['x-entry'] ?? texts.entry;
  const text = forms.find((each) => isOf(each, 'string')) ?? {};

  if (!Array.isArray(value)) {
    const add = () => {
      change(path, [value, '']);
      focusSoon(idOf([...path, 1]));
    };
    return (
      <div className="wordings">
        <TextField
          rules={{ ...text, ...(rules.description && { description: rules.description }) }}
          path={path}
          value={value}
          label={label}
          isOptional={isOptional}
        />
        <button type="button" className="link" onClick={add}>
          {texts.add(entry)}
        </button>
      </div>
    );
  }

  const add = () => {
    change(path, [...list, '']);
    focusSoon(idOf([...path, list.length]));
  };
  return (
    <fieldset className="part" id={idOf(path)}>
      <legend>{label}</legend>
      <Hint rules={rules} path={path} />
      <Problems path={path} />
      <ol className="items">
        {list.map((each, index) => {
          const name = `${entry} ${index + 1}`;
          return (
            <li key={index} className="item">
              <TextField rules={text} path={[...path, index]} value={each} label={name} isOptional={false} />
              {list.length > 1 && <Controls path={path} list={list} at={index} name={name} />}
            </li>
          );
        })}
      </ol>
      <div className="part-actions">
        <button type="button" className="button" onClick={add}>
          {texts.add(entry)}
        </button>
        {isOptional && (
          <button type="button" className="link" onClick={() => change(path, undefined)}>
            {texts.remove(label)}
          </button>
        )}
      </div>
    </fieldset>
  );
}
