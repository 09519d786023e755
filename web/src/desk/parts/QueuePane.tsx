import { useState } from 'react';
import { forMe } from '../queue';
import { openTicket } from '../route';
import { useDesk } from '../store';
import { texts } from '../texts';
import { takeNext } from '../tickets';
import { TicketList } from './TicketList';

export function QueuePane({ open }: { open: number | null }) {
  const queue = useDesk((state) => state.queue);
  const agent = useDesk((state) => state.me?.agent);
  const [isTaking, setTaking] = useState(false);
  if (!agent) return null;
  const nobody = forMe(queue, agent).length === 0;

  const next = async () => {
    if (isTaking) return;
    setTaking(true);
    const id = await takeNext();
    setTaking(false);
    if (id !== null) openTicket(id);
  };

  return (
    <section className="pane lists" aria-label={texts.queue.label}>
      <div className="lists-head">
        {/* Not disabled: it would lose the focus each time the queue runs empty. */}
        <button
          type="button"
          className="button button--main"
          aria-disabled={nobody || isTaking}
          aria-keyshortcuts="Alt+N"
          onClick={() => void next()}
        >
          {texts.queue.next}
        </button>
      </div>
      <div className="lists-scroller">
        {queue ? (
          <>
            <TicketList kind="waiting" tickets={queue.waiting} open={open} agent={agent} />
            <TicketList kind="mine" tickets={queue.mine} open={open} agent={agent} />
            <TicketList kind="others" tickets={queue.others} open={open} agent={agent} />
          </>
        ) : (
          <p className="soft padded">{texts.loading}</p>
        )}
      </div>
    </section>
  );
}
