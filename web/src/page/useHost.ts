// What goes on between the page and the host around its iframe (public/embed.js).
import { useEffect, useRef, useState } from 'react';
import type { Entry } from './conversation';
import { listenToHost, tellHost } from './host';
import { keepRead, readUpTo } from './readMark';
import { lastSeq } from './order';

interface HostView {
  /** The host has a button that opens and closes the page. */
  closable: boolean;
  /** How often the host has opened the page. */
  shownTimes: number;
}

export function useHost(conversation: string | null, entries: Entry[]): HostView {
  const [view, setView] = useState({ closable: false, shown: true, shownTimes: 0 });
  const hidden = useHidden() || !view.shown;
  const seen = useRef<{ conversation: string | null; ids: Set<string> } | null>(null);

  useEffect(
    () =>
      listenToHost((type, { shown }) => {
        if (type !== 'ok-kefu-shown' || typeof shown !== 'boolean') return;
        setView(({ shownTimes }) => ({ closable: true, shown, shownTimes: shownTimes + Number(shown) }));
      }),
    [],
  );

  if (hidden && entries.length > 0 && seen.current?.conversation !== conversation) {
    // What is loaded was read before, but for what came while there was no page.
    const upTo = readUpTo(conversation);
    const known = entries.filter(({ message }) => upTo === null || (message.seq ?? 0) <= upTo);
    seen.current = { conversation, ids: idsOf(known) };
  }
  const unread = hidden && seen.current ? countNew(entries, seen.current.ids) : 0;
  useEffect(() => {
    if (hidden || entries.length === 0) return;
    seen.current = { conversation, ids: idsOf(entries) };
    keepRead(conversation, lastSeq(entries.map(({ message }) => message)));
  }, [conversation, entries, hidden]);

  const told = useRef(0);
  useEffect(() => {
    if (unread === told.current) return;
    told.current = unread;
    tellHost({ type: 'ok-kefu-unread', count: unread });
  }, [unread]);

  const { closable, shownTimes } = view;
  useEffect(() => {
    if (!closable) return;
    const onKeyDown = (event: KeyboardEvent) => {
      // Whatever is open inside the page closes first, and says so by preventing the default.
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      tellHost({ type: 'ok-kefu-close' });
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [closable]);

  return { closable, shownTimes };
}

function idsOf(entries: Entry[]): Set<string> {
  return new Set(entries.map(({ message }) => message.id));
}

function countNew(entries: Entry[], seen: Set<string>): number {
  return entries.filter(({ message }) => message.from !== 'customer' && !seen.has(message.id)).length;
}

function useHidden(): boolean {
  const [hidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const look = () => setHidden(document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return hidden;
}
