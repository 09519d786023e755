import { Bubble, Button } from '@chatui/core';
import { memo } from 'react';
import { HumanIcon, WarningIcon } from '../../shared/icons';
import type { Entry } from '../conversation';
import { texts } from '../texts';
import type { Button as Choice } from '../types';
import { Choices } from './Choices';
import { StepCard } from './StepCard';
import { Thumbnail } from './Thumbnail';

interface Props {
  entry: Entry;
  /** Whether its buttons may be pressed; old ones are not shown, they would lead nowhere. */
  active: boolean;
  onPress: (choice: Choice) => void;
  onResend: (entry: Entry) => void;
  onEdit: (entry: Entry) => void;
}

export const MessageItem = memo(function MessageItem(props: Props) {
  const { entry, active, onPress, onResend, onEdit } = props;
  const { message, problem } = entry;
  const choices = active ? message.buttons : [];
  return (
    <div className={`message message--${message.from}`}>
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
        <StepCard message={message} step={message.step} choices={choices} onPress={onPress} />
      ) : (
        <>
          {message.picture && (
            <Thumbnail
              message={message}
              picture={message.picture}
              sending={entry.delivery === 'sending'}
            />
          )}
          {message.text && <Bubble>{message.text}</Bubble>}
          <Choices choices={choices} onPress={onPress} />
        </>
      )}
      {problem && (
        <div className="problem">
          <span className="problem-sentence">
            <WarningIcon />
            {problem.sentence}
          </span>
          {problem.failure !== 'refused' ? (
            <Button onClick={() => onResend(entry)}>{texts.resend}</Button>
          ) : (
            entry.outgoing &&
            'text' in entry.outgoing && (
              <Button onClick={() => onEdit(entry)}>{texts.edit}</Button>
            )
          )}
        </div>
      )}
    </div>
  );
});
