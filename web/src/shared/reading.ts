// What arrives is checked, so that one odd field cannot blank a page in the middle of a talk.
import type { Author, BaseMessage, Picture, Step } from './types';

export type Fields = Record<string, unknown>;
/** The fields of a described answer, before their values are checked. */
export type Unchecked<T> = { readonly [Name in keyof T]?: unknown };

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Read a value's fields; with a described type, only by the names it has. */
export const fields = <T = Fields>(value: unknown): Unchecked<T> =>
  (isRecord(value) ? value : {}) as Unchecked<T>;
export const isText = (value: unknown): value is string => typeof value === 'string';
export const text = (value: unknown): string => (isText(value) ? value : '');
export const textOrNull = (value: unknown): string | null => text(value).trim() || null;
export const numberOr = <T>(value: unknown, otherwise: T): number | T =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
export const numberOrNull = (value: unknown): number | null => numberOr(value, null);
export const oneOf = <T extends string, U>(value: unknown, all: readonly T[], otherwise: U): T | U =>
  all.find((one) => one === value) ?? otherwise;

/** Read a list, leaving out what cannot be read. */
export function list<T>(value: unknown, read: (one: unknown) => T | null): T[] {
  if (!Array.isArray(value)) return [];
  return value.map(read).filter((one): one is T & {} => one !== null);
}

export const texts = (value: unknown): string[] => list(value, (one) => (isText(one) ? one : null));

export function toStep(value: unknown): Step | null {
  const { procedure, index, total, title } = fields(value);
  if (typeof index !== 'number' || typeof total !== 'number') return null;
  return { procedure: text(procedure), index, total, title: text(title) };
}

function toPicture(value: unknown, pictures: string): Picture | null {
  const { url, width, height } = fields(value);
  // Never anything from a foreign server.
  if (!isText(url) || !url.startsWith(pictures)) return null;
  return { url, width: numberOr(width, 4), height: numberOr(height, 3) };
}

const AUTHORS: readonly Author[] = ['customer', 'bot', 'agent', 'system'];

/**
 * Read what messages have on both pages; null if it is no message.
 * @param pictures where the page's pictures are
 * @param unknownAuthor whom an author that we do not know is taken for; null: leave the message out
 */
export function toBaseMessage(
  value: unknown,
  pictures: string,
  unknownAuthor: Author | null,
): BaseMessage | null {
  const it = fields(value);
  const from = oneOf(it.from, AUTHORS, unknownAuthor);
  if (!isText(it.id) || from === null) return null;
  return {
    id: it.id,
    seq: numberOrNull(it.seq),
    from,
    name: textOrNull(it.name),
    text: text(it.text),
    step: toStep(it.step),
    picture: toPicture(it.picture, pictures),
    time: numberOr(it.time, Date.now() / 1000),
  };
}
