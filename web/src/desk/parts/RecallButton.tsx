import { useEffect, useState } from 'react';
import type { Entry } from '../conversation';
import { isMine } from '../queue';
import { recall } from '../sending';
import { useDesk } from '../store';
import { texts } from '../texts';
import { ticketOf } from '../tickets';

/** The server allows as much; who is a moment late hears of it. */
const WITHIN_MS = 120_000;

/** For two minutes, one's own message can be taken back; what a platform has carried on, it has. */
export function RecallButton({ ticket, entry }: { ticket: number; entry: Entry }) {
  const me = useDesk((state) => state.me?.agent);
  const now = useDesk(() => ticketOf(ticket));
  const isKept = useDesk((state) => state.conversations[ticket]?.details?.quota?.left === 0);
  const { message } = entry;
  const left = message.time * 1000 + WITHIN_MS - Date.now();
  const [isOver, setOver] = useState(left <= 0);

  useEffect(() => {
    if (isOver) return;
    const timer = setTimeout(() => setOver(true), Math.max(0, left));
    return () => clearTimeout(timer);
  });

  const mine = me && now && isMine(now, me) && message.name === me.name;
  if (isOver || !mine || (now.counted && !isKept) || message.time < (now.taken ?? 0)) return null;
  return (
    <button type="button" className="link message-recall" onClick={() => void recall(ticket, entry)}>
      {texts.conversation.recall}
    </button>
  );
}
