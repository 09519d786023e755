import { useCallback, useEffect, useRef } from 'react';
import { sendTyping } from './api';

/** The customer's page forgets that somebody is typing after a while: say so again. */
const AGAIN_MS = 5000;
const IDLE_MS = 6000;

/** Tells the customer that the agent is typing; of no importance, so failures are nobody's business. */
export function useAgentTyping(ticket: number): { typed: () => void; stopped: () => void } {
  const toldAt = useRef(0);
  const idle = useRef<ReturnType<typeof setTimeout>>();

  const stopped = useCallback(() => {
    clearTimeout(idle.current);
    if (toldAt.current === 0) return;
    toldAt.current = 0;
    sendTyping(ticket, false).catch(() => undefined);
  }, [ticket]);

  const typed = useCallback(() => {
    clearTimeout(idle.current);
    idle.current = setTimeout(stopped, IDLE_MS);
    if (Date.now() - toldAt.current < AGAIN_MS) return;
    toldAt.current = Date.now();
    sendTyping(ticket, true).catch(() => undefined);
  }, [ticket, stopped]);

  useEffect(() => stopped, [stopped]);

  return { typed, stopped };
}
