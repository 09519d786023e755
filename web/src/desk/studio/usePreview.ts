// What the server says of what is being written: what is wrong with it, and what customers read.
import { useEffect, useState } from 'react';
import { fetchPreview } from './api';
import type { Path } from './data';
import { pruned } from './schema';
import type { Form, Shown } from './types';

/** After the last key: who writes is not asked at every one. */
const PAUSE_MS = 500;

export function usePreview(form: Form | null, data: unknown, path: Path): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null);
  const name = form?.document.name;
  const schema = form?.schema;

  useEffect(() => {
    if (name === undefined || schema === undefined || data === null) return;
    const leave = new AbortController();
    const timer = setTimeout(() => {
      fetchPreview(name, pruned(data, schema, schema.definitions ?? {}), path, leave.signal).then(
        (found) => !leave.signal.aborted && setShown(found),
        () => undefined, // what was shown stays; saving says what is wrong
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [name, schema, data, path]);

  return shown;
}
