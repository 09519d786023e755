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
  const fitting = forMe(queue, agent);
  const nobody = fitting.length === 0;

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
          {fitting.length > 0 && (
            <span className="next-count">
              {texts.queue.nextOf(fitting.length, fitting.filter(({ urgency }) => urgency === 'urgent').length)}
            </span>
          )}
        </button>
      </div>
      <div className="lists-scroller">
        {queue ? (
          <>
            {/* One's own first: a long queue must not hide who is being talked to. */}
            <TicketList kind="mine" tickets={queue.mine} open={open} agent={agent} />
            <TicketList kind="waiting" tickets={queue.waiting} open={open} agent={agent} />
            <TicketList kind="others" tickets={queue.others} open={open} agent={agent} />
          </>
        ) : (
          <p className="soft padded">{texts.loading}</p>
        )}
      </div>
    </section>
  );
}
