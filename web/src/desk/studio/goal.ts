// Where to go in a document that is about to be opened: what a search has found.
import type { Path } from './data';

let goal: { document: string; path: Path } | null = null;
const listeners = new Set<() => void>();

export function openAt(document: string, path: Path): void {
  goal = { document, path };
  listeners.forEach((listener) => listener());
}

/** Hear of goals in a document that is open already. */
export function onGoal(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Return the goal in that document, once. */
export function takeGoal(document: string): Path | null {
  if (goal?.document !== document) return null;
  const { path } = goal;
  goal = null;
  return path;
}
