import { useState } from 'react';
import { isRecord } from '../../shared/reading';
import { shown } from './data';
import { Field } from './fields/Field';
import { Hint } from './fields/Frame';
import { useForm } from './form';
import { texts } from './texts';
import type { Rules, Section } from './types';

/** A root with more parts than this can be searched. */
const MANY = 20;
const NO_RULES: Rules = {};

interface Props {
  schema: Rules;
  data: unknown;
  sections: Section[];
}

/** The root of a document; a long flat one stands under the headings of its file. */
export function FormBody({ schema, data, sections }: Props) {
  const [words, setWords] = useState('');
  const parts = isRecord(data) ? Object.entries(data) : [];
  const isFlat = sections.length > 1 && parts.length > MANY;
  if (!isFlat) return <Field rules={schema} path={[]} value={data} />;

  const wanted = words.trim().toLowerCase();
  const fits = ([name, value]: [string, unknown]) =>
    !wanted || name.includes(wanted) || shown(value).toLowerCase().includes(wanted);
  const found = parts.filter(fits);
  const inSections = new Set(sections.flatMap(({ keys }) => keys));
  const groups = [
    { title: '', keys: parts.map(([name]) => name).filter((name) => !inSections.has(name)) },
    ...sections,
  ];
  return (
    <>
      <label className="field filter">
        {texts.filter}
        <input type="search" value={words} onChange={(event) => setWords(event.target.value)} />
      </label>
      {groups.map(({ title, keys }) => {
        const here = found.filter(([name]) => keys.includes(name));
        if (here.length === 0) return null;
        return (
          <section key={title} className="section">
            {title && <h3>{title}</h3>}
            {here.map(([name, value]) => (
              <RootPart
                key={name}
                rules={schema.properties?.[name] ?? (schema.additionalProperties || NO_RULES)}
                name={name}
                value={value}
              />
            ))}
          </section>
        );
      })}
    </>
  );
}

function RootPart({ rules, name, value }: { rules: Rules; name: string; value: unknown }) {
  const { look } = useForm();
  if (!isRecord(value)) return <Field rules={rules} path={[name]} value={value} label={name} />;
  const title = typeof value.title === 'string' ? value.title : name;
  return (
    <details className="item">
      <summary id={`part-${name}`} onClick={() => look([name])}>
        <span className="item-name">{title}</span>
        {title === name ? <span className="item-text">{shown(value)}</span> : <code>{name}</code>}
      </summary>
      <Hint rules={NO_RULES} path={[name]} />
      <Field rules={rules} path={[name]} value={value} label={title} />
    </details>
  );
}
