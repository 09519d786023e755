// Finding a canned reply while typing: "/" and a few letters, anywhere a word can begin.
import type { Reply } from './types';

export interface Query {
  /** Where the slash is. */
  at: number;
  /** What follows it, up to the caret. */
  words: string;
}

export function queryAt(text: string, caret: number): Query | null {
  const match = /(^|\s)\/([^\s/]*)$/.exec(text.slice(0, caret));
  if (!match) return null;
  const words = match[2] ?? '';
  return { at: caret - words.length - 1, words };
}

export function findReplies(replies: Reply[], words: string): Reply[] {
  const wanted = words.toLowerCase();
  const has = (text: string) => text.toLowerCase().includes(wanted);
  const begins = ({ shortcut, title }: Reply) =>
    shortcut.toLowerCase().startsWith(wanted) || title.toLowerCase().startsWith(wanted);
  const found = replies.filter(({ shortcut, title, text }) => has(shortcut) || has(title) || has(text));
  return [...found.filter(begins), ...found.filter((reply) => !begins(reply))];
}
