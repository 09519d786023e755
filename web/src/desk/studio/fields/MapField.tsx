import { useState } from 'react';
import { isRecord } from '../../../shared/reading';
import { idOf, keyOf, shown } from '../data';
import { focusSoon, useForm } from '../form';
import { emptyOf, resolve } from '../schema';
import { texts } from '../texts';
import { Field } from './Field';
import type { FieldProps } from './Field';
import { Hint, Problems } from './Frame';

/** Parts by names of their own: each can be taken away, and others added. */
export function MapField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, definitions, choices, examples, look } = useForm();
  const whole = isRecord(value) ? value : {};
  const entry = rules['x-entry'] ?? texts.entry;
  const part = resolve(rules.additionalProperties, definitions);
  const known = rules['x-keys'] ? (choices[rules['x-keys']] ?? []) : null;
  const titleOf = (name: string) => known?.find((each) => each.name === name)?.title ?? name;

  const add = (name: string) => {
    if (!name || name in whole) return;
    change(path, { ...whole, [name]: emptyOf(part, definitions) });
    focusSoon(idOf([...path, name]));
  };

  const entries = Object.entries(whole).map(([name, each]) => {
    const inner = [...path, name];
    const title = isRecord(each) && typeof each.title === 'string' ? each.title : titleOf(name);
    const said = title === name ? examples.get(keyOf(inner))?.[0] : undefined;
    const remove = (
      <button
        type="button"
        className="icon-button"
        aria-label={texts.remove(title)}
        onClick={() => change(inner, undefined)}
      >
        ×
      </button>
    );
    return (
      <li key={name} className={isRecord(each) ? 'item item--folds' : 'item'}>
        {isRecord(each) ? (
          <details>
            <summary id={idOf(inner)} onClick={() => look(inner)}>
              <span className="item-name">{said ? texts.customerSays(said) : title}</span>
              {(title !== name || said) && <code>{name}</code>}
              {title === name && <span className="item-text">{shown(each)}</span>}
            </summary>
            <Hint rules={{}} path={inner} />
            <Field rules={part} path={inner} value={each} label={title} />
          </details>
        ) : (
          <Field rules={part} path={inner} value={each} label={said ? texts.customerSays(said) : title} />
        )}
        {said && !isRecord(each) && <code className="soft">{name}</code>}
        <span className="controls">{remove}</span>
      </li>
    );
  });

  const inside = (
    <>
      <Hint rules={rules} path={path} />
      <Problems path={path} />
      <ul className="items">{entries}</ul>
      <div className="part-actions">
        {known ? (
          <KnownName choices={known.filter(({ name }) => !(name in whole))} label={texts.add(entry)} onAdd={add} />
        ) : (
          <NewName label={texts.add(entry)} onAdd={add} />
        )}
        {isOptional && (
          <button type="button" className="link" onClick={() => change(path, undefined)}>
            {texts.remove(label)}
          </button>
        )}
      </div>
    </>
  );

  if (path.length === 0) return <div className="object">{inside}</div>;
  return (
    <fieldset className="part" id={idOf(path)}>
      <legend>{label}</legend>
      {inside}
    </fieldset>
  );
}

interface KnownProps {
  choices: { name: string; title: string }[];
  label: string;
  onAdd: (name: string) => void;
}

function KnownName({ choices, label, onAdd }: KnownProps) {
  if (choices.length === 0) return null;
  return (
    <select aria-label={label} value="" onChange={(event) => onAdd(event.target.value)}>
      <option value="">{label}…</option>
      {choices.map(({ name, title }) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </select>
  );
}

function NewName({ label, onAdd }: { label: string; onAdd: (name: string) => void }) {
  const [name, setName] = useState('');
  const add = () => {
    onAdd(name.trim());
    setName('');
  };
  return (
    <span className="new-name">
      <input
        type="text"
        aria-label={`${label}：${texts.newName}`}
        placeholder={texts.newName}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault();
            add();
          }
        }}
      />
      <button type="button" className="button" disabled={name.trim() === ''} onClick={add}>
        {label}
      </button>
    </span>
  );
}
