import { useRef } from 'react';
import type { Entry } from '../conversation';
import { texts } from '../texts';

/** What a screen reader is to say: the newest message, if it came after the conversation was opened. */
export function useSpokenNews(entries: Entry[]): string {
  const opened = useRef<string | undefined>();
  const last = entries[entries.length - 1];
  opened.current ??= last?.message.id;
  if (!last || last.message.id === opened.current || last.outgoing) return '';
  const { from, name, text } = last.message;
  const who = (from === 'agent' && name) || texts.conversation.speaker[from];
  return texts.conversation.arrived(who, text || texts.conversation.aPicture);
}
