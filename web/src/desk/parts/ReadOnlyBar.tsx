import { canTake } from '../queue';
import { texts } from '../texts';
import type { Ticket } from '../types';
import { TakeButton } from './TakeButton';

/** Why one cannot write here, and what one can do instead. */
export function ReadOnlyBar({ ticket }: { ticket: Ticket }) {
  return (
    <footer className="read-only">
      <p>{reason(ticket)}</p>
      {canTake(ticket) && <TakeButton ticket={ticket} isMain />}
    </footer>
  );
}

function reason(ticket: Ticket): string {
  const { status, agent } = ticket;
  if (status === 'waiting') return texts.conversation.waiting;
  if (status === 'left_message') return texts.conversation.leftMessage;
  if (status === 'with_agent') return texts.conversation.withOther(agent?.name ?? '');
  return texts.conversation.over[status];
}
