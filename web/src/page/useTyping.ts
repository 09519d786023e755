import { useCallback, useEffect, useState } from 'react';
import type { Typing } from './types';

/** Without news for so long, nobody is typing any more. */
const NEWS_MS = 10_000;

/** Who is typing, by what the server says. */
export function useTyping(): [Typing['from'] | null, (typing: Typing | null) => void] {
  // An object for each event, so that the same news again starts the time anew.
  const [typing, setTyping] = useState<Typing | null>(null);
  useEffect(() => {
    if (!typing) return;
    const timer = setTimeout(() => setTyping(null), NEWS_MS);
    return () => clearTimeout(timer);
  }, [typing]);
  const hear = useCallback((news: Typing | null) => setTyping(news?.on ? news : null), []);
  return [typing?.from ?? null, hear];
}
