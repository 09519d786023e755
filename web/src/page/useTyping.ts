import { useCallback, useEffect, useState } from 'react';
import type { Typing } from './types';

/** Without an event for so long, nobody is typing any more. */
const SILENCE_MS = 10_000;

/** Who is typing, by what the server says. */
export function useTyping(): [Typing['from'] | null, (typing: Typing | null) => void] {
  // An object for each event, so that the same event again starts the time anew.
  const [typing, setTyping] = useState<Typing | null>(null);
  useEffect(() => {
    if (!typing) return;
    const timer = setTimeout(() => setTyping(null), SILENCE_MS);
    return () => clearTimeout(timer);
  }, [typing]);
  const hear = useCallback((heard: Typing | null) => setTyping(heard?.on ? heard : null), []);
  return [typing?.from ?? null, hear];
}
