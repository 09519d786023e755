import { Bubble, Button } from '@chatui/core';
import { memo } from 'react';
import { HumanIcon, WarningIcon } from '../../shared/icons';
import type { Entry } from '../conversation';
import { texts } from '../texts';
import { isMissing } from '../types';
import type { Button as Choice } from '../types';
import { Choices } from './Choices';
import { Feedback } from './Feedback';
import { MessageText } from './MessageText';
import { StepCard } from './StepCard';
import { Thumbnail } from './Thumbnail';

interface Props {
  entry: Entry;
  /** Whether its buttons may be pressed; old ones are not shown, they would lead nowhere. */
  active: boolean;
  /** Hosts whose addresses become links. */
  links: readonly string[];
  onPress: (choice: Choice) => void;
  onResend: (entry: Entry) => void;
  onEdit: (entry: Entry) => void;
  onTakeBack: (id: string) => void;
}

export const MessageItem = memo(function MessageItem(props: Props) {
  const { entry, active, links, onPress, onResend, onEdit, onTakeBack } = props;
  const { message, delivery, outgoing, problem } = entry;
  const choices = active ? message.buttons : [];
  const misses = outgoing !== undefined && isMissing(outgoing);
  const said = misses ? texts.picture.missing : message.text;
  return (
    <div className={`message message--${message.from}`} data-delivery={delivery}>
      <span className="sr-only">
        {message.from === 'agent' ? texts.agentSpeaker(message.name) : texts.speaker[message.from]}
      </span>
      {message.from === 'agent' && (
        <span className="message-author" aria-hidden="true">
          <HumanIcon />
          {texts.agent(message.name)}
        </span>
      )}
      {message.step ? (
        <StepCard
          message={message}
          step={message.step}
          links={links}
          choices={choices}
          onPress={onPress}
        />
      ) : (
        <>
          {message.picture && (
            <Thumbnail
              message={message}
              picture={message.picture}
              sending={delivery === 'sending'}
            />
          )}
          {said && (
            <div className="bubble-line">
              {delivery === 'failed' && (
                <span className="bubble-mark">
                  <WarningIcon />
                  {texts.unsentMark}
                </span>
              )}
              <Bubble>
                <MessageText text={said} links={links} />
              </Bubble>
            </div>
          )}
          {delivery === 'held' && <p className="message-held">{texts.heldMark}</p>}
          <Choices choices={choices} onPress={onPress} />
        </>
      )}
      {message.feedback && <Feedback message={message} isAsked={active} />}
      {problem && (
        <div className="problem">
          <span className="problem-sentence">
            <WarningIcon />
            {problem.sentence}
          </span>
          {problem.failure !== 'refused' ? (
            <Button onClick={() => onResend(entry)}>{texts.resend}</Button>
          ) : (
            outgoing && (
              <>
                {'text' in outgoing && <Button onClick={() => onEdit(entry)}>{texts.edit}</Button>}
                {'picture' in outgoing && (
                  <Button onClick={() => onTakeBack(message.id)}>{texts.takeBack}</Button>
                )}
              </>
            )
          )}
        </div>
      )}
    </div>
  );
});
