import { Button } from '@chatui/core';
import { useState } from 'react';
import { sendFeedback } from '../api';
import { texts } from '../texts';
import type { Message, Reason } from '../types';

interface Props {
  message: Message;
  /** Only the newest answer is asked about. */
  isAsked: boolean;
}

/** Whether an answer was useful, and if not, why; once said it only stands there. */
export function Feedback({ message, isAsked }: Props) {
  const [said, setSaid] = useState(message.feedback);
  const [reason, setReason] = useState<Reason | 'asked' | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const say = async (useful: boolean, why?: Reason) => {
    setProblem(null);
    try {
      await sendFeedback(message.id, useful, why);
      setSaid(useful ? 'useful' : 'unhelpful');
      if (!useful) setReason(why ?? 'asked');
    } catch {
      setProblem(texts.feedback.failed);
    }
  };

  const { feedback } = texts;
  if (said === 'open' && !isAsked) return null;
  return (
    <div className="feedback" role="group" aria-label={feedback.label}>
      {said === 'open' ? (
        <>
          <Button size="sm" onClick={() => void say(true)}>
            {feedback.useful}
          </Button>
          <Button size="sm" onClick={() => void say(false)}>
            {feedback.unhelpful}
          </Button>
        </>
      ) : reason === 'asked' ? (
        <>
          <span>{feedback.why}</span>
          {(Object.entries(feedback.reasons) as [Reason, string][]).map(([name, title]) => (
            <Button key={name} size="sm" onClick={() => void say(false, name)}>
              {title}
            </Button>
          ))}
        </>
      ) : (
        <span>{reason === null && said === 'unhelpful' ? feedback.unhelpful : feedback.thanks}</span>
      )}
      <span role="status">{problem}</span>
    </div>
  );
}
