import { useCallback, useEffect, useRef } from 'react';

/** The other side forgets that somebody is typing after a while: say so again. */
const AGAIN_MS = 4000;
const IDLE_MS = 5000;

/**
 * Tells the other side, while somebody is there to be told (`tell`), that one is typing; takes what stands
 * in the input. Of no importance, so failures are nobody's business.
 */
export function useTellTyping(tell: ((on: boolean) => Promise<unknown>) | null): (text: string) => void {
  const toldAt = useRef(0);
  const idle = useRef<ReturnType<typeof setTimeout>>();

  const stop = useCallback(() => {
    clearTimeout(idle.current);
    if (toldAt.current === 0) return;
    toldAt.current = 0;
    tell?.(false).catch(() => undefined);
  }, [tell]);

  // Also when the other side leaves in the middle of a word.
  useEffect(() => stop, [stop]);

  return useCallback(
    (text: string) => {
      if (!tell) return;
      if (!text.trim()) return stop();
      clearTimeout(idle.current);
      idle.current = setTimeout(stop, IDLE_MS);
      if (Date.now() - toldAt.current < AGAIN_MS) return;
      toldAt.current = Date.now();
      tell(true).catch(() => undefined);
    },
    [tell, stop],
  );
}
