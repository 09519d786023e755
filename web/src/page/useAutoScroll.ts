// Keeps the newest message in sight without tearing the customer away from what they read.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { Entry } from './conversation';

/** Closer to the end than this (px) counts as reading the newest message. */
const NEAR = 80;
/** Space kept above a message that is scrolled to the top (px). */
const MARGIN = 12;

export function useAutoScroll(
  scroller: RefObject<HTMLElement>,
  entries: Entry[],
  waiting: boolean,
): { hasUnread: boolean; toEnd: () => void } {
  const [hasUnread, setUnread] = useState(false);
  // Not "is at the end": during a smooth scroll we are still on our way there.
  const following = useRef(true);
  const shown = useRef(0);
  const lastShown = useRef<string>();
  const last = entries[entries.length - 1];

  const toEnd = useCallback(() => {
    following.current = true;
    setUnread(false);
    const box = scroller.current;
    if (box) box.scrollTo({ top: box.scrollHeight, behavior: motion() });
  }, [scroller]);

  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    let before = box.scrollTop;
    const look = () => {
      if (box.scrollHeight - box.clientHeight - box.scrollTop < NEAR) {
        following.current = true;
        setUnread(false);
      } else if (box.scrollTop < before) {
        following.current = false; // only the customer scrolls up
      }
      before = box.scrollTop;
    };
    box.addEventListener('scroll', look, { passive: true });
    // The keyboard opens or the phone is turned: stay at the end.
    const observer =
      'ResizeObserver' in window
        ? new ResizeObserver(() => {
            if (following.current) box.scrollTop = box.scrollHeight;
          })
        : null;
    observer?.observe(box);
    return () => {
      box.removeEventListener('scroll', look);
      observer?.disconnect();
    };
  }, [scroller]);

  useLayoutEffect(() => {
    const box = scroller.current;
    const before = shown.current;
    shown.current = entries.length;
    const isNewLast = last !== undefined && last.message.id !== lastShown.current;
    lastShown.current = last?.message.id;
    if (!box || !last) return;

    /** A long answer is read from its beginning: show the end, but not past that message's top. */
    const reveal = (index: number, behavior: ScrollBehavior) => {
      const message = box.querySelectorAll<HTMLElement>('.message')[index];
      const end = box.scrollHeight - box.clientHeight;
      const top = Math.min(end, message ? message.offsetTop - MARGIN : end);
      following.current = end - top < NEAR;
      box.scrollTo({ top, behavior });
    };

    if (before === 0) reveal(entries.length - 1, 'auto');
    else if (isNewLast && last.outgoing) toEnd();
    else if (entries.length <= before) return;
    else if (following.current) reveal(before, motion());
    else setUnread(true);
  }, [scroller, entries, last, toEnd]);

  useLayoutEffect(() => {
    if (waiting && following.current) toEnd();
  }, [waiting, toEnd]);

  return { hasUnread, toEnd };
}

function motion(): ScrollBehavior {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
}
