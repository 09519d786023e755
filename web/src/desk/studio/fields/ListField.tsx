import { isRecord } from '../../../shared/reading';
import { idOf } from '../data';
import { focusSoon, useForm } from '../form';
import { emptyOf, resolve } from '../schema';
import { texts } from '../texts';
import { Controls } from './Controls';
import { Field } from './Field';
import type { FieldProps } from './Field';
import { Hint, Problems } from './Frame';

/** A list: items of several parts fold away, others stand open. */
export function ListField({ rules, path, value, label, isOptional }: FieldProps) {
  const { change, definitions, look } = useForm();
  const list = Array.isArray(value) ? value : [];
  const entry = rules['x-entry'] ?? texts.entry;
  const item = resolve(rules.items, definitions);

  const add = () => {
    change(path, [...list, emptyOf(item, definitions)]);
    focusSoon(idOf([...path, list.length]));
  };

  return (
    <fieldset className="part" id={idOf(path)}>
      <legend>{label}</legend>
      <Hint rules={rules} path={path} />
      <Problems path={path} />
      <ol className="items">
        {list.map((each: unknown, index) => {
          const name = `${entry} ${index + 1}`;
          const inner = [...path, index];
          const title = isRecord(each) && typeof each.title === 'string' ? each.title : '';
          return (
            <li key={index} className={isRecord(each) ? 'item item--folds' : 'item'}>
              {isRecord(each) ? (
                <details>
                  <summary id={idOf(inner)} onClick={() => look(inner)}>
                    <span className="item-name">{name}</span> {title}
                  </summary>
                  <Field rules={item} path={inner} value={each} label={name} />
                </details>
              ) : (
                <Field rules={item} path={inner} value={each} label={name} />
              )}
              <Controls path={path} list={list} at={index} name={name} />
            </li>
          );
        })}
      </ol>
      <div className="part-actions">
        {(rules.maxItems === undefined || list.length < rules.maxItems) && (
          <button type="button" className="button" onClick={add}>
            {texts.add(entry)}
          </button>
        )}
        {isOptional && (
          <button type="button" className="link" onClick={() => change(path, undefined)}>
            {texts.remove(label)}
          </button>
        )}
      </div>
    </fieldset>
  );
}
