// The server's API for sentences and versions.
import { ApiError } from '../../../shared/http';
import { fields, isText, list, numberOr, oneOf, text, texts } from '../../../shared/reading';
import { get, post } from '../../http';
import type {
  Changed,
  Changes,
  Counted,
  Difference,
  Group,
  Intent,
  Failed,
  Nearest,
  Played,
  Regression,
  Release,
  Report,
  Said,
  Sentence,
  Status,
  Taught,
  Trial,
  Turn,
  Version,
  Versions,
  Why,
} from './types';

/** The first question starts a process that reads all sentences, or a model. */
const SLOW_MS = 70_000;
/** A busy machine wants to be asked again: what it has begun, it goes on with. */
const ATTEMPTS = 5;

async function askPatiently(path: string, json: unknown): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await post(path, { json, timeout: SLOW_MS });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'busy' || attempt === ATTEMPTS) throw error;
    }
  }
}

const WHYS: readonly Why[] = ['corrected', 'not_understood', 'unhelpful', 'handed_over', 'needless'];
const STATUSES: readonly Status[] = ['queued', 'training', 'ready', 'failed', 'gone'];
const KINDS: readonly Regression['kind'][] = [
  'must_stay',
  'watched',
  'inside',
  'outside',
  'conversations',
];

function toIntent(value: unknown): Intent | null {
  const { name, title } = fields(value);
  return isText(name) ? { name, title: text(title) } : null;
}

function toSaid(value: unknown): Said | null {
  const it = fields(value);
  return isText(it.text) ? { text: it.text, intent: text(it.intent) } : null;
}

function toSentence(value: unknown): Sentence | null {
  const it = fields(value);
  if (typeof it.seq !== 'number') return null;
  return {
    seq: it.seq,
    text: text(it.text),
    why: oneOf(it.why, WHYS, 'not_understood'),
    answer: text(it.answer),
    summary: text(it.summary),
  };
}

const toEdits = (value: unknown): number[] =>
  list(fields(value).edits, (one) => (typeof one === 'number' ? one : null));

// ---- sentences

export async function fetchGroups(days: number): Promise<{ groups: Group[]; intents: Intent[] }> {
  const answer = fields(await get(`sentences?days=${days}`));
  const groups = list(answer.groups, (one) => {
    const sentences = list(fields(one).sentences, toSentence);
    return sentences.length > 0 ? { sentences, guesses: list(fields(one).guesses, toIntent) } : null;
  });
  return { groups, intents: list(answer.intents, toIntent) };
}

export async function fetchTaught(): Promise<Taught> {
  const answer = fields(await get('sentences/taught'));
  return {
    taught: list(answer.taught, toSaid),
    mustStay: list(answer.must_stay, toSaid),
    intents: list(answer.intents, toIntent),
    categories: texts(answer.categories),
  };
}

interface Lesson {
  taught?: Changes;
  mustStay?: Changes;
  seqs?: number[];
  intent?: string | null;
}

/** Returns the edits by which it can be undone. */
export async function teach({ taught = {}, mustStay = {}, seqs = [], intent = null }: Lesson): Promise<number[]> {
  return toEdits(await post('sentences', { json: { taught, must_stay: mustStay, seqs, intent } }));
}

export async function unteach(edits: number[], seqs: number[]): Promise<void> {
  await post('sentences/undo', { json: { edits, seqs } });
}

export async function fetchNear(sentences: string[], words: string): Promise<Nearest> {
  const json = { texts: sentences, words };
  const answer = fields(await askPatiently('sentences/near', json));
  const near = list(answer.near, (one) => {
    const it = fields(one);
    if (!isText(it.text)) return null;
    return {
      text: it.text,
      intent: text(it.intent),
      likeness: numberOr(it.likeness, 0),
      taught: it.taught === true,
    };
  });
  const claimed = list(answer.words, (one) => {
    const { word, outside } = fields(one);
    return isText(word) ? { word, outside: numberOr(outside, 0) } : null;
  });
  return { near, words: claimed };
}

export interface NewTopic {
  title: string;
  category: string;
  answer: string;
  sentences: string[];
  seqs: number[];
}

export async function makeTopic(topic: NewTopic): Promise<{ name: string; edits: number[] }> {
  const answer = await post('topics', { json: topic });
  return { name: text(fields(answer).name), edits: toEdits(answer) };
}

// ---- trials

function toTurn(value: unknown): Turn | null {
  const it = fields(value);
  const sure = (one: unknown) => ({
    name: text(fields(one).name),
    confidence: numberOr(fields(one).confidence, 0),
  });
  return {
    said: text(it.said),
    answers: list(it.answers, (one) => ({
      text: text(fields(one).text),
      buttons: list(fields(one).buttons, (button) => ({
        title: text(fields(button).title),
        payload: text(fields(button).payload),
      })),
    })),
    intent: text(it.intent),
    decided: text(it.decided),
    ranking: list(it.ranking, sure),
    acts: list(it.acts, sure),
    readings: list(it.readings, (one) => ({
      ...sure(one),
      atLeast: numberOr(fields(one).at_least, 1),
      evidence: text(fields(one).evidence),
    })),
  };
}

export async function converse(messages: string[], version: number): Promise<Trial[]> {
  const json = { messages, version };
  const answer = fields(await askPatiently('trials', json));
  return list(answer.versions, (one) => ({
    version: numberOr(fields(one).version, 0),
    turns: list(fields(one).turns, toTurn),
  }));
}

// ---- versions

function toRegression(value: unknown): Regression {
  const it = fields(value);
  return { kind: oneOf(it.kind, KINDS, 'inside'), intent: text(it.intent), count: numberOr(it.count, 0) };
}

function toVersion(value: unknown): Version | null {
  const it = fields(value);
  if (typeof it.id !== 'number') return null;
  return {
    id: it.id,
    agent: text(it.agent),
    time: numberOr(it.time, 0),
    status: oneOf(it.status, STATUSES, 'failed'),
    stage: text(it.stage),
    reason: text(it.reason),
    cancelledBy: text(it.cancelled_by),
    sentences: numberOr(it.sentences, 0),
    regressions: list(it.regressions, toRegression),
    finished: numberOr(it.finished, 0),
  };
}

function toRelease(value: unknown): Release | null {
  const it = fields(value);
  return {
    version: numberOr(it.version, 0),
    agent: text(it.agent),
    time: numberOr(it.time, 0),
    reason: text(it.reason),
  };
}

export async function fetchVersions(): Promise<Versions> {
  const it = fields(await get('versions'));
  return {
    versions: list(it.versions, toVersion),
    live: numberOr(it.live, 0),
    releases: list(it.releases, toRelease),
    waiting: list(it.waiting, toSaid),
    intents: list(it.intents, toIntent),
  };
}

function toDifference(value: unknown): Difference | null {
  const it = fields(value);
  return { text: text(it.text), wanted: text(it.wanted), live: text(it.live), now: text(it.new) };
}

function toChanged(value: unknown): Changed | null {
  const difference = toDifference(value);
  return difference && { ...difference, leading: texts(fields(value).leading) };
}

function toFailed(value: unknown): Failed | null {
  const it = fields(value);
  return {
    name: text(it.name),
    said: texts(it.said),
    reason: text(it.reason),
    wrong: text(it.wrong),
    right: text(it.right),
  };
}

function toPlayed(value: unknown): Played {
  const it = fields(value);
  return {
    of: numberOr(it.of, 0),
    live: numberOr(it.live, 0),
    now: numberOr(it.new, 0),
    unfit: numberOr(it.unfit, 0),
    lost: list(it.lost, toFailed),
    won: list(it.won, toFailed),
  };
}

function toCounted(value: unknown): Counted {
  const it = fields(value);
  return {
    of: numberOr(it.of, 0),
    live: numberOr(it.live, 0),
    now: numberOr(it.new, 0),
    misses: numberOr(it.misses, 0),
    lost: list(it.lost, toDifference),
    won: list(it.won, toDifference),
    wrong: list(it.wrong, toDifference),
  };
}

export async function fetchReport(version: number): Promise<Report | null> {
  const { report } = fields(await get(`versions/${version}`));
  if (!report) return null;
  const it = fields(report);
  return {
    inside: toCounted(it.inside),
    outside: toCounted(it.outside),
    watched: list(it.watched, (one) => ({ ...toCounted(one), intent: text(fields(one).intent) })),
    taught: toCounted(it.taught),
    mustStay: toCounted(it.must_stay),
    real: { of: numberOr(fields(it.real).of, 0), changed: list(fields(it.real).changed, toChanged) },
    conversations: toPlayed(it.conversations),
  };
}

export const train = async (): Promise<void> => void (await post('versions', { json: {} }));
export const cancel = async (version: number): Promise<void> =>
  void (await post(`versions/${version}/cancel`, { json: {} }));

/** `before`: the version that the lead saw answering. */
export async function publish(version: number, before: number, reason: string): Promise<void> {
  await post(`versions/${version}/publish`, { json: { before, reason } });
}

/** Whether a version was refused because its report is worse. */
export const isWorse = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'regression';
