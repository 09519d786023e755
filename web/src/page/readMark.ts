// Up to where a conversation was read, over navigations of the page around ours.
import { fields, numberOrNull } from '../shared/reading';

const KEY = 'ok-kefu-read';

/** The last message read; null when that is not known. */
export function readUpTo(conversation: string | null): number | null {
  try {
    const it = fields(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
    return conversation !== null && it.conversation === conversation ? numberOrNull(it.seq) : null;
  } catch {
    return null;
  }
}

export function keepRead(conversation: string | null, seq: number): void {
  if (conversation === null) return;
  try {
    localStorage.setItem(KEY, JSON.stringify({ conversation, seq }));
  } catch {
    // Storage can be switched off; then what is loaded counts as read.
  }
}
