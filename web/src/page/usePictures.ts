import { useCallback, useState } from 'react';
import { preparePicture } from '../shared/picture';
import type { PictureLimits, PreparedPicture } from '../shared/picture';
import { identityVersion } from './identity';

/** Send files as pictures, one after the other; says why one cannot be sent. */
export function usePictures(limits: PictureLimits | null, send: (prepared: PreparedPicture) => void) {
  const [problem, setProblem] = useState<string | null>(null);

  const sendFiles = useCallback(
    async (files: File[]) => {
      if (!limits) return;
      setProblem(null);
      const version = identityVersion();
      for (const file of files) {
        const prepared = await preparePicture(file, limits);
        if (version !== identityVersion()) return; // not in another customer's name
        if (typeof prepared === 'string') setProblem(prepared);
        else send(prepared);
      }
    },
    [limits, send],
  );

  const dismiss = useCallback(() => setProblem(null), []);
  return { problem, dismiss, sendFiles };
}
