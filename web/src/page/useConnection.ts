import { useEffect, useState, useSyncExternalStore } from 'react';

export type Connection = 'good' | 'offline' | 'unreachable';

/** Shorter interruptions are nobody's business. */
const PATIENCE_MS = 3000;

/** What to say about the connection: nothing before it has been bad for a few seconds. */
export function useConnectionNotice(connection: Connection): Connection {
  const bad = connection !== 'good';
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!bad) return;
    const timer = setTimeout(() => setLasting(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [bad]);
  return bad && lasting ? connection : 'good';
}

export function useOnline(): boolean {
  return useSyncExternalStore(watchOnline, () => navigator.onLine);
}

function watchOnline(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}
