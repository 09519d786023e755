// A conversation that another page wants to see tried.
import { go } from '../../route';

interface Wanted {
  messages: string[];
  version: number;
}

let wanted: Wanted | null = null;

/** Let the trial page say these messages to a version, beside the one that answers. */
export function tryOut(messages: string[], version: number): void {
  wanted = { messages, version };
  go({ page: 'trial' });
}

/** What was asked for, once. */
export function takeWanted(): Wanted | null {
  const found = wanted;
  wanted = null;
  return found;
}
