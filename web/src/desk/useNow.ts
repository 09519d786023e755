import { useSyncExternalStore } from 'react';

// One clock for every waiting time on the screen.
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function watch(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((tell) => tell()), 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time in whole Unix seconds, ticking. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => Math.floor(Date.now() / 1000));
}
