// The conversation on the screen. ChatUI's own list is not used: it marks every message as an
// alert, so that a screen reader would interrupt itself with the whole history.
import { Button, Time, Typing as TypingDots } from '@chatui/core';
import { Fragment, useCallback, useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import { DownIcon } from '../../shared/icons';
import type { Conversation, Entry } from '../conversation';
import { embedded } from '../host';
import { texts } from '../texts';
import type { Button as Choice, Typing } from '../types';
import { useAutoScroll } from '../useAutoScroll';
import { MessageItem } from './MessageItem';

/** A pause after which the time of day is shown again, in seconds. */
const PAUSE = 5 * 60;

interface Props {
  scroller: RefObject<HTMLDivElement>;
  entries: Entry[];
  session: Conversation['session'];
  openProblem: Conversation['openProblem'];
  status: Conversation['status'];
  typing: Typing['from'] | null;
  answerable: string | null;
  links: readonly string[];
  open: () => void;
  press: (choice: Choice) => void;
  resend: (entry: Entry) => void;
  onEdit: (entry: Entry) => void;
  takeBack: (id: string) => void;
}

export function MessageList(props: Props) {
  const { entries, session, openProblem, status, typing, answerable, links } = props;
  const { scroller, open, press, resend, onEdit, takeBack } = props;
  const { hasUnread, toEnd } = useAutoScroll(scroller, entries, typing !== null);

  const pressAndKeepFocus = useCallback(
    (choice: Choice) => {
      press(choice);
      // The button disappears; without this the keyboard's place in the page would be lost.
      scroller.current?.focus({ preventScroll: true });
    },
    [press, scroller],
  );

  const takeBackAndKeepFocus = useCallback(
    (id: string) => {
      takeBack(id);
      scroller.current?.focus({ preventScroll: true });
    },
    [takeBack, scroller],
  );

  const connecting = session === 'opening' && entries.length === 0;
  const typingText = typing === 'agent' ? texts.agentTyping(status.agent) : texts.typing;
  return (
    <div className="list">
      <div className="list-scroller" ref={scroller} role="region" tabIndex={0} aria-label={texts.log}>
        {/* Appears with its history in it, so that only what comes later is read out. */}
        {entries.length > 0 && (
          <div role="log" aria-live="polite" aria-label={texts.messages}>
            {entries.map((entry, index) => (
              <Fragment key={entry.message.id}>
                {startsAfterPause(entries, index) && (
                  <div className="list-time">
                    <Time date={entry.message.time * 1000} />
                  </div>
                )}
                <MessageItem
                  entry={entry}
                  active={entry.message.id === answerable}
                  links={links}
                  onPress={pressAndKeepFocus}
                  onResend={resend}
                  onEdit={onEdit}
                  onTakeBack={takeBackAndKeepFocus}
                />
              </Fragment>
            ))}
          </div>
        )}
        {session === 'failed' && (
          <div className="list-failed" role="alert">
            <p>{openProblem?.status === 429 ? texts.openLater : texts.unreachable}</p>
            <Button color="primary" onClick={open}>
              {texts.retry}
            </Button>
          </div>
        )}
        {session === 'refused' && <Refused onRetry={open} />}
        <div role="status">
          {(typing || connecting) && (
            <div className={`message message--${typing ?? 'bot'} typing`}>
              <span className="sr-only">{connecting ? texts.opening : typingText}</span>
              <TypingDots />
            </div>
          )}
        </div>
      </div>
      {hasUnread && (
        <Button className="list-unread" onClick={toEnd}>
          {texts.newMessages}
          <DownIcon />
        </Button>
      )}
    </div>
  );
}

/** The browser keeps no cookies; in a window of our own it may. */
function Refused({ onRetry }: { onRetry: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' }); // newer browsers return a promise
  }, []);
  return (
    <div className="list-refused" role="alert" ref={box}>
      <p>{texts.refused.reason}</p>
      <p>{embedded ? texts.refused.embedded : texts.refused.alone}</p>
      {embedded && (
        <a className="Btn Btn--primary" href="/" target="_blank" rel="noopener">
          {texts.refused.window}
        </a>
      )}
      <Button onClick={onRetry}>{texts.retry}</Button>
    </div>
  );
}

function startsAfterPause(entries: Entry[], index: number): boolean {
  const before = entries[index - 1];
  return !before || entries[index]!.message.time - before.message.time > PAUSE;
}
