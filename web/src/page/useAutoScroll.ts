// Keeps the newest message in sight without tearing the customer away from what they read.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { Entry } from './conversation';

/** Closer to the end than this (px) counts as reading the newest message. */
const NEAR = 80;
/** Space kept above a message that is scrolled to the top (px). */
const MARGIN = 12;
/** Rounding of a browser's own scrolling (px). */
const SLACK = 2;

/**
 * Where the list stands. At the end it stays there, whatever grows; held at the beginning of a long answer,
 * which the customer may be reading; or where the customer has scrolled to.
 */
type Place = 'end' | 'held' | 'chosen';

export function useAutoScroll(
  scroller: RefObject<HTMLElement>,
  entries: Entry[],
  waiting: boolean,
): { hasUnread: boolean; toEnd: () => void } {
  const [hasUnread, setUnread] = useState(false);
  const place = useRef<Place>('end');
  /** Where our own scrolling goes, which takes a moment. */
  const target = useRef(0);
  const shown = useRef(0);
  const lastShown = useRef<string>();
  const failedShown = useRef(0);
  const last = entries[entries.length - 1];
  const failed = entries.filter(({ delivery }) => delivery === 'failed').length;

  const scroll = useCallback(
    (top: number, behavior: ScrollBehavior) => {
      target.current = top;
      scroller.current?.scrollTo({ top, behavior });
    },
    [scroller],
  );

  const toEnd = useCallback(() => {
    const box = scroller.current;
    place.current = 'end';
    setUnread(false);
    if (box) scroll(box.scrollHeight - box.clientHeight, motion());
  }, [scroller, scroll]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the log comes into being with the first message
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    let before = box.scrollTop;
    const look = () => {
      const top = box.scrollTop;
      if (box.scrollHeight - box.clientHeight - top < NEAR) {
        place.current = 'end';
        setUnread(false);
      } else if (top < before - SLACK || top > target.current + SLACK) {
        place.current = 'chosen'; // we only scroll down, and not past where we want to go
      }
      before = top;
    };
    box.addEventListener('scroll', look, { passive: true });
    // The keyboard opens, the phone is turned, or a message grows: stay at the end.
    const observer =
      'ResizeObserver' in window
        ? new ResizeObserver(() => {
            if (place.current !== 'end') return;
            target.current = box.scrollHeight - box.clientHeight;
            box.scrollTop = target.current;
          })
        : null;
    observer?.observe(box);
    for (const part of box.children) observer?.observe(part);
    return () => {
      box.removeEventListener('scroll', look);
      observer?.disconnect();
    };
  }, [scroller, entries.length > 0]);

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
      place.current = end - top < NEAR ? 'end' : 'held';
      scroll(top, behavior);
    };

    if (before === 0) reveal(entries.length - 1, 'auto');
    else if (isNewLast && last.outgoing) toEnd();
    else if (entries.length <= before) return;
    else if (place.current === 'end' || (place.current === 'held' && isArrival(entries, before))) {
      reveal(before, motion());
    } else setUnread(true);
  }, [scroller, entries, last, scroll, toEnd]);

  useLayoutEffect(() => {
    if (waiting && place.current === 'end') toEnd();
  }, [waiting, toEnd]);

  // What was not sent is the customer's to mend, wherever they are reading.
  useLayoutEffect(() => {
    const isMore = failed > failedShown.current;
    failedShown.current = failed;
    if (!isMore) return;
    const problems = scroller.current?.querySelectorAll('.problem');
    const message = problems?.[problems.length - 1]?.closest<HTMLElement>('.message');
    if (!message || !scroller.current) return;
    const box = scroller.current;
    const end = box.scrollHeight - box.clientHeight;
    const bottom = message.offsetTop + message.offsetHeight + MARGIN - box.clientHeight;
    if (bottom > end - NEAR) toEnd();
    else scroll(Math.max(0, bottom), motion());
  }, [scroller, failed, scroll, toEnd]);

  return { hasUnread, toEnd };
}

/** The human who was waited for begins to speak: not to be missed below a long answer of the bot's. */
function isArrival(entries: Entry[], index: number): boolean {
  const [before, now] = [entries[index - 1], entries[index]];
  return now?.message.from !== 'bot' && before?.message.from !== 'agent';
}

function motion(): ScrollBehavior {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
}
