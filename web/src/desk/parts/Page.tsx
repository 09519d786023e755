import { useEffect, useId, useRef } from 'react';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  children: ReactNode;
}

/** A page of its own beside the desk. Arriving there, the focus is on its heading. */
export function Page({ title, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();

  useEffect(() => heading.current?.focus({ preventScroll: true }), []);

  return (
    // It scrolls, which has to work by keyboard even where there is nothing to press.
    <main className="page" tabIndex={0} aria-labelledby={id}>
      <h2 id={id} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </main>
  );
}
