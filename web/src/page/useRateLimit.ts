import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError } from '../shared/http';
import { texts } from './texts';

/** That the server asks for patience: said once, however many messages it refuses until the time is over. */
export function useRateLimit(): [string | null, (problem: ApiError) => ApiError] {
  const [sentence, setSentence] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();

  useEffect(() => () => clearTimeout(timer.current), []);

  /** Take note of a problem; returns what to say beside the message. */
  const note = useCallback((problem: ApiError) => {
    if (problem.status !== 429) return problem;
    setSentence(texts.rateLimit);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSentence(null), problem.patience * 1000);
    return new ApiError(texts.problem.unsent, problem.status, problem.code, problem.patience);
  }, []);

  return [sentence, note];
}
