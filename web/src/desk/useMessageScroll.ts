// Keeps the newest message in sight without tearing the agent away from what they read.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { Entry } from './conversation';

/** Closer to an end than this (px) counts as being there. */
const NEAR = 80;

export function useMessageScroll(
  scroller: RefObject<HTMLElement>,
  entries: Entry[],
  onTop: () => void,
): { hasUnread: boolean; toEnd: () => void } {
  const [hasUnread, setUnread] = useState(false);
  const following = useRef(true);
  const before = useRef<{ first: string; last: string; height: number } | null>(null);
  const top = useRef(onTop);
  top.current = onTop;

  const toEnd = useCallback(() => {
    const box = scroller.current;
    following.current = true;
    setUnread(false);
    if (box) box.scrollTop = box.scrollHeight;
  }, [scroller]);

  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const look = () => {
      following.current = box.scrollHeight - box.clientHeight - box.scrollTop < NEAR;
      if (following.current) setUnread(false);
      else if (box.scrollTop < NEAR) top.current();
    };
    box.addEventListener('scroll', look, { passive: true });
    // The window, the composer or the phone's keyboard changes size: stay at the end.
    const observer = new ResizeObserver(() => {
      if (following.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(box);
    return () => {
      box.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, [scroller]);

  useLayoutEffect(() => {
    const box = scroller.current;
    const first = entries[0]?.message.id;
    const lastEntry = entries[entries.length - 1];
    if (!box || first === undefined || !lastEntry) return;
    const last = lastEntry.message.id;
    const known = before.current;
    const height = box.scrollHeight;
    before.current = { first, last, height };
    if (!known) {
      toEnd();
      return;
    }
    // Earlier messages came in above: what is being read stays where it is.
    if (known.first !== first && !following.current) box.scrollTop += height - known.height;
    if (known.last === last) return;
    if (following.current || lastEntry.outgoing) toEnd();
    else if (lastEntry.message.from !== 'agent') setUnread(true);
  }, [scroller, entries, toEnd]);

  return { hasUnread, toEnd };
}
