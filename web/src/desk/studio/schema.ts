// What a part of the schema says of the field that it becomes.
import { isRecord } from '../../shared/reading';
import type { Path } from './data';
import type { Rules } from './types';

type Definitions = Record<string, Rules>;

/** With the definition that it refers to; its own words go first. */
export function resolve(rules: Rules | false | undefined, definitions: Definitions): Rules {
  if (!rules) return {};
  const { $ref, ...own } = rules;
  const name = $ref?.split('/').pop();
  return name ? { ...resolve(definitions[name], definitions), ...own } : own;
}

const types = (rules: Rules): string[] => [rules.type ?? []].flat();

export function isOf(rules: Rules, type: string): boolean {
  return types(rules).includes(type);
}

export const isNullable = (rules: Rules): boolean => isOf(rules, 'null');

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return isRecord(value) ? 'object' : typeof value;
}

/** Of several forms the one that the value has, with the title of them all. */
export function formOf(rules: Rules, value: unknown, definitions: Definitions): Rules {
  const form = rules.oneOf
    ?.map((each) => resolve(each, definitions))
    .find((each) => isOf(each, typeOf(value)));
  return form ? { ...form, ...(rules.title && { title: rules.title }) } : rules;
}

/** The rules of a part of a value. */
export function within(
  rules: Rules,
  part: string | number,
  value: unknown,
  definitions: Definitions,
): Rules {
  const found =
    typeof part === 'number'
      ? rules.items
      : (rules.properties?.[part] ?? rules.additionalProperties);
  return formOf(resolve(found, definitions), value, definitions);
}

/** How people read a path: `步骤 2 › 客户要做什么` (as studio/forms.py has it). */
export function labelOf(schema: Rules, path: Path, data: unknown): string {
  const definitions = schema.definitions ?? {};
  const found: string[] = [''];
  let rules = schema;
  let value = data;
  for (const part of path) {
    value = isRecord(value) || Array.isArray(value) ? (value as Record<string, unknown>)[part] : undefined;
    const inner = within(rules, part, value, definitions);
    if (typeof part === 'number') {
      const name = rules['x-entry'] ?? found[found.length - 1];
      found[found.length - 1] = `${name} ${part + 1}`;
    } else if (rules.properties && part in rules.properties) {
      found.push(inner.title ?? part);
    } else {
      const title = isRecord(value) ? value.title : undefined;
      found.push(typeof title === 'string' ? title : part);
    }
    rules = inner;
  }
  return found.slice(1).join(' › ');
}

/** A new part, with nothing in it but what it must have. */
export function emptyOf(rules: Rules, definitions: Definitions): unknown {
  const form = rules.oneOf ? resolve(rules.oneOf[0], definitions) : rules;
  if (form.enum) return form.enum[0];
  if (isOf(form, 'string')) return '';
  if (isOf(form, 'boolean')) return true;
  if (isOf(form, 'integer') || isOf(form, 'number')) return form.minimum ?? 1;
  if (isOf(form, 'array')) {
    const item = resolve(form.items, definitions);
    return Array.from({ length: form.minItems ?? 1 }, () => emptyOf(item, definitions));
  }
  const made: Record<string, unknown> = {};
  for (const name of form.required ?? []) {
    made[name] = emptyOf(resolve(form.properties?.[name], definitions), definitions);
  }
  return made;
}

/** A list of short texts is written one a line. */
export function isWords(rules: Rules, definitions: Definitions): boolean {
  if (!isOf(rules, 'array')) return false;
  const item = resolve(rules.items, definitions);
  const isChosen = item['x-choices'] && item['x-choices'] !== 'acts';
  return isOf(item, 'string') && !item['x-lines'] && !isChosen;
}

/** What is sent: without optional parts that are empty. */
export function pruned(value: unknown, rules: Rules, definitions: Definitions): unknown {
  if (Array.isArray(value)) {
    const items = value.map((each, index) => pruned(each, within(rules, index, each, definitions), definitions));
    return isWords(rules, definitions) ? items.filter((each) => each !== '') : items;
  }
  if (!isRecord(value)) return value === '' && isNullable(rules) ? null : value;
  const kept: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) {
    const part = pruned(each, within(rules, name, each, definitions), definitions);
    const isOptional = rules.properties && name in rules.properties && !rules.required?.includes(name);
    const isEmpty = part === '' || (Array.isArray(part) && part.length === 0);
    if (!(isOptional && isEmpty)) kept[name] = part;
  }
  return kept;
}
