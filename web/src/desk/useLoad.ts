import { useCallback, useEffect, useState } from 'react';
import { sentenceOf } from './http';

/** Fetch something for a page, anew whenever `load` changes; what is shown stays until it is there. */
export function useLoad<T>(load: () => Promise<T>) {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt loads anew
  useEffect(() => {
    let isCurrent = true;
    setProblem(null);
    load().then(
      (loaded) => isCurrent && setValue(loaded),
      (error: unknown) => isCurrent && setProblem(sentenceOf(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [load, attempt]);

  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  return { value, setValue, problem, retry } as const;
}
