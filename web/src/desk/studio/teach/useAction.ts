import { useState } from 'react';
import { reasonOf } from '../api';

/** Do something at the server, one thing at a time; what goes wrong is said in `problem`. */
export function useAction() {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const act = async (work: () => Promise<void>): Promise<boolean> => {
    if (isBusy) return false;
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(reasonOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };

  return { act, isBusy, problem, setProblem } as const;
}
