import { memo, useEffect, useRef } from 'react';
import { WarningIcon } from '../../shared/icons';
import type { Entry } from '../conversation';
import { discard, edit, resend } from '../sending';
import { texts } from '../texts';
import { clock } from '../times';
import { RecallButton } from './RecallButton';
import { Thumbnail } from './Thumbnail';

interface Props {
  ticket: number;
  entry: Entry;
  /** By the same author, right after the one before. */
  isFollowing: boolean;
}

export const MessageItem = memo(function MessageItem({ ticket, entry, isFollowing }: Props) {
  const { message, delivery } = entry;
  const { from, name, text, step, picture, buttons, intent, useful, time } = message;
  const speaker = texts.conversation.speaker[from];
  const shown = picture && <Thumbnail picture={picture} from={from} />;
  const words = text && (
    <p className="bubble" data-unsent={texts.problem.unsent}>
      {shown && <span className="bubble-source">{texts.picture.words}</span>}
      {text}
      {from === 'system' && <time>{clock(time)}</time>}
    </p>
  );
  return (
    <div className={`message message--${from}`} data-following={isFollowing} data-delivery={delivery}>
      {from !== 'system' && (
        <p className={isFollowing ? 'sr-only' : 'message-head'}>
          <span className="message-author">{from === 'agent' && name ? `${speaker} ${name}` : speaker}</span>
          <time>{clock(time)}</time>
          {useful !== null && (
            <span className="message-intent" data-useful={useful}>
              {useful ? texts.conversation.useful : texts.conversation.unhelpful}
            </span>
          )}
          {intent && <span className="message-intent">{texts.conversation.taken(intent)}</span>}
        </p>
      )}
      {step && (
        <p className="message-step">
          {texts.conversation.step(step.procedure, step.index, step.total, step.title)}
        </p>
      )}
      {shown && words ? (
        <div className="pictured">
          {shown}
          {words}
        </div>
      ) : (
        shown || words
      )}
      {buttons.length > 0 && (
        <p className="message-buttons">
          <span className="soft">{texts.conversation.buttons}</span>
          {buttons.map((title, index) => (
            <span key={index} className="message-button">
              {title}
            </span>
          ))}
        </p>
      )}
      {delivery === 'sending' && <p className="message-note">{texts.conversation.sending}</p>}
      {delivery === 'sent' && from === 'agent' && <RecallButton ticket={ticket} entry={entry} />}
      {delivery === 'failed' && <Unsent ticket={ticket} entry={entry} />}
    </div>
  );
});

function Unsent({ ticket, entry }: { ticket: number; entry: Entry }) {
  const { message, problem } = entry;
  const line = useRef<HTMLDivElement>(null);
  // It comes below what was sent, where the composer may cover it.
  useEffect(() => {
    // In newer browsers this returns a promise, which is nothing to call at the end.
    void line.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div className="message-problem" role="alert" ref={line}>
      <WarningIcon />
      <span>{problem ?? texts.problem.unsent}</span>
      <button type="button" className="link" onClick={() => resend(ticket, entry)}>
        {texts.conversation.resend}
      </button>
      {message.text && (
        <button type="button" className="link" onClick={() => edit(ticket, entry)}>
          {texts.conversation.edit}
        </button>
      )}
      <button type="button" className="link" onClick={() => discard(ticket, entry)}>
        {texts.conversation.discard}
      </button>
    </div>
  );
}
