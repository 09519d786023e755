// Data as the files hold it, and the paths in it.
import { isRecord } from '../../shared/reading';

export type Path = readonly (string | number)[];

export const keyOf = (path: Path): string => path.join('/');

/** The id of a part's field in the page. */
export const idOf = (path: Path): string => `part-${keyOf(path)}`;

export function at(data: unknown, path: Path): unknown {
  let found = data;
  for (const part of path) {
    if (Array.isArray(found) && typeof part === 'number') found = found[part];
    else if (isRecord(found)) found = found[String(part)];
    else return undefined;
  }
  return found;
}

/** The data with another value at a path; undefined takes the part away. */
export function put(data: unknown, path: Path, value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (Array.isArray(data) && typeof part === 'number') {
    const copy = [...data];
    if (rest.length === 0 && value === undefined) copy.splice(part, 1);
    else copy[part] = put(copy[part], rest, value);
    return copy;
  }
  const copy = { ...(isRecord(data) ? data : {}) };
  const made = put(copy[String(part)], rest, value);
  if (made === undefined) delete copy[String(part)];
  else copy[String(part)] = made;
  return copy;
}

export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => same(each, other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => name in other && same(one[name], other[name]))
  );
}

/** The paths of the parts that differ. */
export function changes(before: unknown, after: unknown, path: Path = []): Path[] {
  if (same(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => changes(before[name], after[name], [...path, name]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((each, index) => changes(each, after[index], [...path, index]));
  }
  return [path];
}

/** A part as a line for people. */
export function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(shown).join('\n');
  if (isRecord(value)) return Object.values(value).map(shown).filter(Boolean).join('\n');
  return value === true ? '是' : value === false ? '否' : String(value);
}
