import { useCallback, useEffect, useRef } from 'react';
import { sendTyping } from './api';

/** The agent's page forgets that somebody is typing after a while: say so again. */
const AGAIN_MS = 4000;
const IDLE_MS = 5000;

/**
 * Tells the agent, while one is there, that the customer is typing; takes what stands in the input.
 * Of no importance, so failures are nobody's business.
 */
export function useTellTyping(isHeard: boolean): (text: string) => void {
  const toldAt = useRef(0);
  const idle = useRef<ReturnType<typeof setTimeout>>();

  const stop = useCallback(() => {
    clearTimeout(idle.current);
    if (toldAt.current === 0) return;
    toldAt.current = 0;
    sendTyping(false).catch(() => undefined);
  }, []);

  // Also when the agent leaves in the middle of a word.
  useEffect(() => stop, [isHeard, stop]);

  return useCallback(
    (text: string) => {
      if (!isHeard) return;
      if (!text.trim()) return stop();
      clearTimeout(idle.current);
      idle.current = setTimeout(stop, IDLE_MS);
      if (Date.now() - toldAt.current < AGAIN_MS) return;
      toldAt.current = Date.now();
      sendTyping(true).catch(() => undefined);
    },
    [isHeard, stop],
  );
}
