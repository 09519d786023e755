// Whether what a lead teaches contradicts what the assistant knows.
import type { Near } from './types';

/** As many of the nearest sentences are looked at. */
const NEAREST = 5;
/** Of them so many mean something else, all the same. */
const MOST = 3;

export interface Contradiction {
  intent: string;
  sentences: string[];
}

/** What the nearest sentences mean, if that is plainly another thing; `near` has the nearest first. */
export function contradictionOf(near: Near[], intent: string): Contradiction | null {
  const nearest = near.slice(0, NEAREST);
  if (nearest.some((each) => each.intent === intent)) return null;
  const other = nearest[0]?.intent ?? '';
  const sentences = nearest.filter((each) => each.intent === other).map(({ text }) => text);
  return sentences.length >= MOST ? { intent: other, sentences } : null;
}
