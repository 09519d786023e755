// The server's API for the content.
import { ApiError } from '../../shared/http';
import {
  fields,
  isRecord,
  isText,
  list,
  numberOr,
  numberOrNull,
  text,
  textOrNull,
  texts,
} from '../../shared/reading';
import { get, post, sentenceOf } from '../http';
import type { Path } from './data';
import type { Choice, Conflict, Difference, Edit, Form, Found, Listed, Opened, Problem, Rules, Shown } from './types';

function toPath(value: unknown): Path {
  return list(value, (part) => (isText(part) || typeof part === 'number' ? part : null));
}

function toProblem(value: unknown): Problem | null {
  const { file, line, path, reason } = fields(value);
  if (!isText(reason)) return null;
  return { file: text(file), line: numberOr(line, 1), path: toPath(path), reason };
}

function toEdit(value: unknown): Edit | null {
  const it = fields(value);
  if (typeof it.id !== 'number') return null;
  return {
    id: it.id,
    document: text(it.document),
    agent: text(it.agent),
    time: numberOr(it.time, 0),
    undoes: numberOrNull(it.undoes),
    summary: text(it.summary),
  };
}

function toListed(value: unknown): Listed | null {
  const it = fields(value);
  if (!isText(it.name)) return null;
  return {
    name: it.name,
    title: textOrNull(it.title) ?? it.name,
    group: text(it.group),
    last: toEdit(it.last),
    byHand: it.by_hand === true,
    problems: numberOr(it.problems, 0),
  };
}

function toOpened(value: unknown): Opened {
  const it = fields(value);
  return {
    name: text(it.name),
    file: text(it.file),
    version: text(it.version),
    data: isRecord(it.data) ? it.data : null,
    problems: list(it.problems, toProblem),
    last: toEdit(it.last),
    byHand: it.by_hand === true,
    sections: list(it.sections, (one) => ({ title: text(fields(one).title), keys: texts(fields(one).keys) })),
  };
}

function toChoice(value: unknown): Choice | null {
  const { name, title } = fields(value);
  return isText(name) ? { name, title: textOrNull(title) ?? name } : null;
}

const place = (name: string): string => `content/${encodeURIComponent(name)}`;

export async function fetchDocuments(): Promise<{ isWritable: boolean; documents: Listed[] }> {
  const answer = fields(await get('content'));
  return { isWritable: answer.writable === true, documents: list(answer.documents, toListed) };
}

export async function search(words: string): Promise<Found[]> {
  const answer = await get(`content?${new URLSearchParams({ q: words }).toString()}`);
  return list(fields(answer).found, (one) => {
    const it = fields(one);
    if (!isText(it.document)) return null;
    return {
      document: it.document,
      title: text(it.title),
      path: toPath(it.path),
      label: text(it.label),
      excerpt: text(it.excerpt),
    };
  });
}

export async function fetchForm(name: string): Promise<Form> {
  const it = fields(await get(place(name)));
  const choices = Object.entries(fields(it.choices)).map(([kind, all]) => [kind, list(all, toChoice)] as const);
  return {
    document: toOpened(it.document),
    schema: fields(it.schema) as Rules,
    choices: Object.fromEntries(choices),
    examples: list(it.examples, (one) => ({
      path: toPath(fields(one).path),
      sentences: texts(fields(one).sentences),
    })),
  };
}

export async function save(name: string, version: string, base: unknown, data: unknown): Promise<Opened> {
  const answer = await post(place(name), { json: { version, base, data } });
  return toOpened(fields(answer).document);
}

export async function fetchPreview(
  name: string,
  data: unknown,
  path: Path,
  leave: AbortSignal,
): Promise<Shown> {
  const it = fields(await post(`${place(name)}/preview`, { json: { data, path }, leave }));
  return {
    problems: list(it.problems, toProblem),
    page: Array.isArray(it.page) ? it.page : [],
    platforms: list(it.platforms, (one) => ({
      name: text(fields(one).name),
      title: text(fields(one).title),
      messages: list(fields(one).messages, (message) => ({
        text: text(fields(message).text),
        options: texts(fields(message).options),
      })),
    })),
  };
}

export async function fetchEdits(document: string | null, before?: number): Promise<Edit[]> {
  const query = new URLSearchParams();
  if (document !== null) query.set('document', document);
  if (before !== undefined) query.set('before', String(before));
  return list(fields(await get(`edits?${query.toString()}`)).edits, toEdit);
}

export async function fetchDifferences(edit: number): Promise<Difference[]> {
  return list(fields(await get(`edits/${edit}`)).differences, (one) => {
    const { label, before, after } = fields(one);
    return { label: text(label), before, after };
  });
}

export async function undo(edit: number): Promise<Opened> {
  return toOpened(fields(await post(`edits/${edit}/undo`, { json: {} })).document);
}

// ---- what a refusal says

export function conflictOf(error: unknown): Conflict | null {
  if (!(error instanceof ApiError) || error.code !== 'changed') return null;
  const { document, merged, conflicts } = fields(error.answer);
  return { document: toOpened(document), merged, conflicts: list(conflicts, toPath) };
}

export function problemsOf(error: unknown): Problem[] {
  return error instanceof ApiError ? list(fields(error.answer).problems, toProblem) : [];
}

/** Why something was not done, in a sentence: where the server says what is wrong, that alone. */
export function reasonOf(error: unknown): string {
  const reasons = problemsOf(error).map(({ reason }) => reason);
  return reasons.length > 0 ? [...new Set(reasons)].join('；') : sentenceOf(error);
}
