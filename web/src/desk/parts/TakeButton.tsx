import { useState } from 'react';
import { openTicket } from '../route';
import { texts } from '../texts';
import { take } from '../tickets';
import type { Ticket } from '../types';

interface Props {
  ticket: Ticket;
  tabIndex?: number;
  isMain?: boolean;
}

export function TakeButton({ ticket, tabIndex = 0, isMain = false }: Props) {
  const [isTaking, setTaking] = useState(false);
  const press = async () => {
    if (isTaking) return; // an impatient second press
    setTaking(true);
    const isOurs = await take(ticket.id);
    setTaking(false);
    if (isOurs) openTicket(ticket.id);
  };
  return (
    <button
      type="button"
      className={isMain ? 'button button--main' : 'button'}
      tabIndex={tabIndex}
      aria-disabled={isTaking}
      aria-label={texts.queue.takeOf(ticket.number)}
      onClick={() => void press()}
    >
      {texts.queue.take}
    </button>
  );
}
