import { useCallback } from 'react';
import { fetchTalk } from '../api';
import { texts } from '../texts';
import { moment } from '../times';
import type { Talk } from '../types';
import { useLoad } from '../useLoad';
import { Dialog } from './Dialog';
import { LoadProblem } from './LoadProblem';
import { MessageItem } from './MessageItem';

/** One conversation without a human, to be read. */
export function TalkDialog({ talk, onClose }: { talk: Talk; onClose: () => void }) {
  const load = useCallback(() => fetchTalk(talk.id), [talk.id]);
  const { value: messages, problem, retry } = useLoad(load);
  return (
    <Dialog title={texts.talks.readOf(moment(talk.ended))} className="dialog--talk" onClose={onClose}>
      <LoadProblem problem={problem} retry={retry} isLoading={!messages && !problem} />
      <div role="log" aria-live="off" aria-label={texts.conversation.log} tabIndex={0} data-first>
        {messages?.map((message) => (
          <MessageItem
            key={message.id}
            ticket={0}
            entry={{ message, delivery: 'sent' }}
            isFollowing={false}
          />
        ))}
      </div>
    </Dialog>
  );
}
