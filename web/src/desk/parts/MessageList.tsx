import { Fragment, useRef } from 'react';
import { DownIcon } from '../../shared/icons';
import type { Conversation, Entry } from '../conversation';
import { useDesk } from '../store';
import { texts } from '../texts';
import { loadEarlier } from '../tickets';
import { dayName, dayOf } from '../times';
import { useMessageScroll } from '../useMessageScroll';
import { MessageItem } from './MessageItem';
import { useSpokenNews } from './useSpokenNews';

/** Messages of one author closer together than this (seconds) share one head line. */
const TOGETHER = 120;

interface Props {
  id: number;
  conversation: Conversation;
}

export function MessageList({ id, conversation }: Props) {
  const { entries, above } = conversation;
  const isTyping = useDesk((state) => Boolean(state.typing[id]));
  const scroller = useRef<HTMLDivElement>(null);
  const { hasUnread, toEnd } = useMessageScroll(scroller, entries, () => void loadEarlier(id));
  const news = useSpokenNews(entries);

  return (
    <div className="messages">
      {/* Not live itself: earlier messages coming in above would be read out too. */}
      <div
        className="messages-scroller"
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={texts.conversation.log}
        tabIndex={0}
      >
        {above !== 'none' && (
          <p className="messages-above">
            <button
              type="button"
              className="link"
              aria-disabled={above === 'loading'}
              onClick={() => void loadEarlier(id)}
            >
              {above === 'loading' ? texts.loading : texts.conversation.earlier}
            </button>
          </p>
        )}
        {entries.map((entry, index) => (
          <Fragment key={entry.message.id}>
            {startsDay(entries, index) && (
              <p className="day">
                <span>{dayName(entry.message.time)}</span>
              </p>
            )}
            <MessageItem ticket={id} entry={entry} isFollowing={isFollowing(entries, index)} />
          </Fragment>
        ))}
        <p className="typing" data-on={isTyping}>
          {isTyping && texts.conversation.typing}
        </p>
      </div>
      <p className="sr-only" role="status">
        {news}
      </p>
      {hasUnread && (
        <button type="button" className="button button--main messages-new" onClick={toEnd}>
          {texts.conversation.newMessages}
          <DownIcon />
        </button>
      )}
    </div>
  );
}

function startsDay(entries: Entry[], index: number): boolean {
  const before = entries[index - 1];
  return !before || dayOf(before.message.time) !== dayOf(entries[index]!.message.time);
}

function isFollowing(entries: Entry[], index: number): boolean {
  const before = entries[index - 1]?.message;
  const { from, name, time, intent } = entries[index]!.message;
  return (
    before !== undefined &&
    !startsDay(entries, index) &&
    before.from === from &&
    before.name === name &&
    intent === null &&
    time - before.time < TOGETHER
  );
}
