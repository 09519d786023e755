// What the page around this one tells agents of its user. The server takes what it is set up to take.
import { useEffect, useState } from 'react';
import { isRecord } from '../shared/reading';
import { sendProfile } from './api';
import { listenToHost } from './host';

export function useProfile(isOpen: boolean, openings: number): void {
  const [told, setTold] = useState<Record<string, unknown> | null>(null);

  useEffect(
    () =>
      listenToHost((type, { profile }) => {
        if (type === 'ok-kefu-profile' && isRecord(profile)) setTold(profile);
      }),
    [],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: again for every session, which may be another's
  useEffect(() => {
    // Of use to agents alone: the customer need not hear that it failed.
    if (isOpen && told) sendProfile(told).catch(() => undefined);
  }, [isOpen, openings, told]);
}
