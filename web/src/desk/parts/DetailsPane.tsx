// Who and what: the right column, a drawer on narrower screens, a view of its own on phones.
import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { BackIcon, CloseIcon } from '../../shared/icons';
import { canTake, isMine } from '../queue';
import { openTicket } from '../route';
import { useDesk } from '../store';
import { texts } from '../texts';
import { takeOver } from '../tickets';
import { ContextPart } from './ContextPart';
import { EarlierPart } from './EarlierPart';
import { EndDialog } from './EndDialog';
import { FactsPart } from './FactsPart';
import { IntentsPart } from './IntentsPart';
import { NotesPart } from './NotesPart';
import { ProfilePart } from './ProfilePart';
import { TransferDialog } from './TransferDialog';

interface Props {
  id: number;
  isAsked: boolean;
}

export function DetailsPane({ id, isAsked }: Props) {
  const conversation = useDesk((state) => state.conversations[id]);
  const agent = useDesk((state) => state.me?.agent);
  const [dialog, setDialog] = useState<'transfer' | 'end' | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    if (isAsked) heading.current?.focus({ preventScroll: true });
  }, [isAsked]);

  const details = conversation?.details;
  const mine = Boolean(details && agent && isMine(details.ticket, agent));
  // Leads may pass on and end what others have.
  const isLeads = agent?.role === 'lead';
  const governs = mine || (isLeads && details?.ticket.status === 'with_agent');
  const isOver =
    details?.ticket.status === 'closed' && (isLeads || details.ticket.agent?.id === agent?.id);
  const close = () => openTicket(id);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && isAsked && dialog === null) close();
  };

  return (
    <aside className="pane info" aria-label={texts.details.label} onKeyDown={onKeyDown}>
      <header className="pane-head">
        <button type="button" className="icon-button only-narrow" aria-label={texts.back} onClick={close}>
          <BackIcon />
        </button>
        <h2 ref={heading} tabIndex={-1}>
          {texts.details.label}
        </h2>
        <button type="button" className="icon-button only-drawer" aria-label={texts.close} onClick={close}>
          <CloseIcon />
        </button>
      </header>
      {details && (
        <div className="info-scroller">
          {governs && (
            <div className="info-actions">
              {!mine && (
                <button type="button" className="button" onClick={() => void takeOver(id)}>
                  {texts.details.takeOver}
                </button>
              )}
              <button type="button" className="button" onClick={() => setDialog('transfer')}>
                {texts.details.transfer}
              </button>
              <button
                type="button"
                className="button button--danger"
                data-shortcut="end"
                aria-keyshortcuts="Alt+E"
                onClick={() => setDialog('end')}
              >
                {texts.details.end}
              </button>
            </div>
          )}
          {isLeads && canTake(details.ticket) && (
            <div className="info-actions">
              <button type="button" className="button" onClick={() => setDialog('transfer')}>
                {texts.details.assign}
              </button>
            </div>
          )}
          {isOver && (
            <div className="info-actions">
              <button type="button" className="button" onClick={() => setDialog('end')}>
                {details.ticket.summary ? texts.details.changeSummary : texts.details.conclude}
              </button>
            </div>
          )}
          <FactsPart
            ticket={details.ticket}
            phone={details.phone}
            wrote={conversation.entries.filter(({ message }) => message.from === 'customer').pop()?.message.time ?? null}
          />
          <ProfilePart profile={details.profile} />
          <ContextPart context={details.context} />
          <NotesPart id={id} notes={details.notes} />
          <IntentsPart entries={conversation.entries} />
          <EarlierPart tickets={details.earlier} />
        </div>
      )}
      {details && dialog === 'transfer' && (
        <TransferDialog ticket={details.ticket} onClose={() => setDialog(null)} />
      )}
      {details && dialog === 'end' && (
        <EndDialog ticket={details.ticket} closing={details.closing} onClose={() => setDialog(null)} />
      )}
    </aside>
  );
}
