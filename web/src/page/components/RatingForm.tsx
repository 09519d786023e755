import { Button, Input } from '@chatui/core';
import { useEffect, useRef, useState } from 'react';
import type { FormEvent, KeyboardEvent } from 'react';
import { ApiError } from '../../shared/http';
import { StarIcon } from '../../shared/icons';
import { texts } from '../texts';

const LONGEST_COMMENT = 500;

interface Props {
  /** Opened by the customer: the focus goes there. Offered by itself, it must not interrupt typing. */
  takeFocus: boolean;
  onRate: (score: number, comment: string) => Promise<void>;
  onClose: () => void;
}

/** Stars and a sentence. Above the input and not over the page: the conversation stays usable. */
export function RatingForm({ takeFocus, onRate, onClose }: Props) {
  const [score, setScore] = useState(0);
  const [comment, setComment] = useState('');
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const firstStar = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (takeFocus) firstStar.current?.focus();
  }, [takeFocus]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending) return;
    if (score === 0) {
      setProblem(texts.rating.missing);
      firstStar.current?.focus();
      return;
    }
    setSending(true);
    setProblem(null);
    try {
      await onRate(score, comment.trim());
      onClose();
    } catch (error) {
      const told = error instanceof ApiError && error.failure !== 'connection';
      setProblem(told ? error.sentence : texts.rating.failed);
      setSending(false);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
    event.preventDefault();
    onClose();
  };

  return (
    <form
      className="rating"
      aria-label={texts.rating.open}
      onSubmit={(event) => void submit(event)}
      onKeyDown={onKeyDown}
    >
      <fieldset role="radiogroup">
        <legend>{texts.rating.question}</legend>
        <div className="stars">
          {texts.rating.scores.map((name, index) => (
            <label key={name} className="star" data-lit={index < score}>
              <input
                type="radio"
                name="score"
                className="sr-only"
                ref={index === 0 ? firstStar : undefined}
                checked={score === index + 1}
                onChange={() => setScore(index + 1)}
                aria-label={name}
              />
              <StarIcon />
            </label>
          ))}
          <span className="stars-meaning" aria-hidden="true">
            {texts.rating.scores[score - 1]}
          </span>
        </div>
      </fieldset>
      <Input
        value={comment}
        onChange={setComment}
        maxLength={LONGEST_COMMENT}
        showCount={false}
        placeholder={texts.rating.comment}
        aria-label={texts.rating.comment}
        autoComplete="off"
      />
      <p className="rating-problem" role="alert">
        {problem}
      </p>
      <div className="rating-actions">
        <Button onClick={onClose}>{texts.rating.later}</Button>
        <Button type="submit" color="primary" disabled={isSending}>
          {texts.rating.submit}
        </Button>
      </div>
    </form>
  );
}
