import { useCallback, useEffect, useRef, useState } from 'react';
import type { DragEvent } from 'react';
import { hasKeyboard } from '../../shared/hasKeyboard';
import { BackIcon, PersonIcon } from '../../shared/icons';
import { sendFiles } from '../picture';
import { forMe, isMine, isWaiting, unseen } from '../queue';
import { go, hrefOf } from '../route';
import { useDesk } from '../store';
import { texts } from '../texts';
import { loadTicket, ticketOf } from '../tickets';
import { Composer } from './Composer';
import { HandoverNote } from './HandoverNote';
import { MessageList } from './MessageList';
import { ReadOnlyBar } from './ReadOnlyBar';
import { UrgencyBadge } from './UrgencyBadge';

/** On phones the lists are out of sight: how much has come in there. */
function Elsewhere({ id }: { id: number }) {
  const count = useDesk(({ queue, seen, me }) => {
    const others = (queue?.mine ?? []).filter((one) => one.id !== id);
    const fresh = others.reduce((sum, one) => sum + unseen(one, seen), 0);
    return fresh + (me?.agent.available ? forMe(queue, me.agent).filter(isWaiting).length : 0);
  });
  if (count === 0) return null;
  return (
    <span className="badge">
      {count}
      <span className="sr-only">{texts.conversation.elsewhere}</span>
    </span>
  );
}

export function ConversationPane({ id }: { id: number }) {
  const conversation = useDesk((state) => state.conversations[id]);
  const agent = useDesk((state) => state.me?.agent);
  // The queue knows a little before the details have come.
  const ticket = useDesk(() => ticketOf(id));
  const heading = useRef<HTMLHeadingElement>(null);
  const [isOver, setOver] = useState(false);
  const mine = Boolean(ticket && agent && isMine(ticket, agent));

  // biome-ignore lint/correctness/useExhaustiveDependencies: only on arriving
  useEffect(() => {
    // The composer takes the focus itself where there is one and a keyboard to type with.
    if (!mine || !hasKeyboard()) heading.current?.focus({ preventScroll: true });
  }, []);

  const onFiles = useCallback((files: File[]) => void sendFiles(id, files), [id]);

  const onDrop = (event: DragEvent) => {
    setOver(false);
    const files = Array.from(event.dataTransfer.files);
    if (files.length === 0) return;
    event.preventDefault();
    onFiles(files);
  };

  return (
    <section
      className="pane talk"
      aria-label={texts.conversation.label}
      onDragOver={(event) => {
        if (!mine || !event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={mine ? onDrop : undefined}
    >
      <header className="pane-head">
        <a
          className="icon-button only-narrow"
          href={hrefOf({ page: 'desk', ticket: null, info: false })}
          aria-label={texts.back}
        >
          <BackIcon />
          <Elsewhere id={id} />
        </a>
        <h2 ref={heading} tabIndex={-1}>
          {ticket ? `${ticket.number} ${ticket.category}` : texts.conversation.label}
        </h2>
        {ticket && <UrgencyBadge urgency={ticket.urgency} />}
        {ticket && <span className="pane-fact">{ticket.channel}</span>}
        <button
          type="button"
          className="button only-not-wide"
          onClick={() => go({ page: 'desk', ticket: id, info: true })}
        >
          <PersonIcon />
          <span>{texts.conversation.info}</span>
        </button>
      </header>
      {conversation?.load === 'failed' ? (
        <div className="padded" role="alert">
          <p>{conversation.problem}</p>
          <button type="button" className="button" onClick={() => void loadTicket(id)}>
            {texts.retry}
          </button>
        </div>
      ) : conversation?.details ? (
        <>
          <HandoverNote ticket={conversation.details.ticket} notes={conversation.details.notes} />
          <MessageList id={id} conversation={conversation} />
          {mine ? (
            <Composer
              id={id}
              ticket={conversation.details.ticket}
              quota={conversation.details.quota}
              onFiles={onFiles}
            />
          ) : (
            <ReadOnlyBar ticket={conversation.details.ticket} />
          )}
        </>
      ) : (
        <p className="soft padded" role="status">
          {texts.loading}
        </p>
      )}
      {isOver && (
        <div className="drop-zone" aria-hidden="true">
          {texts.picture.drop}
        </div>
      )}
    </section>
  );
}
