import { Card, CardContent } from '@chatui/core';
import type { Step } from '../../shared/types';
import { splitStepText } from '../stepText';
import { texts } from '../texts';
import type { Button, Message } from '../types';
import { Choices } from './Choices';
import { MessageText } from './MessageText';

interface Props {
  message: Message;
  step: Step;
  links: readonly string[];
  choices: Button[];
  onPress: (choice: Button) => void;
}

/** One step of a procedure: where the customer stands, what to do, how to go on. */
export function StepCard({ message, step, links, choices, onPress }: Props) {
  const { lead, body } = splitStepText(message.text);
  return (
    <Card className="step">
      <CardContent>
        {lead && <p className="step-lead">{lead}</p>}
        <p className="step-procedure">{step.procedure}</p>
        <h2 className="step-title">{texts.step(step.index, step.total, step.title)}</h2>
        {/* The heading already says it in words. */}
        <div className="step-bar" aria-hidden="true">
          {Array.from({ length: step.total }, (_, i) => (
            <span key={i} data-done={i < step.index} />
          ))}
        </div>
        {body && (
          <p className="step-body">
            <MessageText text={body} links={links} />
          </p>
        )}
        <Choices choices={choices} onPress={onPress} leading />
      </CardContent>
    </Card>
  );
}
