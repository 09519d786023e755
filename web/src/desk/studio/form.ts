// What every field of a form needs to know.
import { createContext, useContext } from 'react';
import type { Path } from './data';
import type { Choice, Rules } from './types';

export interface FormState {
  definitions: Record<string, Rules>;
  choices: Record<string, Choice[]>;
  /** By path, as `keyOf` writes it. */
  examples: ReadonlyMap<string, string[]>;
  problems: ReadonlyMap<string, string[]>;
  /** undefined takes the part away. */
  change: (path: Path, value: unknown) => void;
  look: (path: Path) => void;
}

export const FormContext = createContext<FormState | null>(null);

export function useForm(): FormState {
  const form = useContext(FormContext);
  if (!form) throw new Error('no form');
  return form;
}

/** Put the focus into a field that is not drawn yet. */
export function focusSoon(id: string): void {
  requestAnimationFrame(() => reveal(id));
}

/** Open what hides a field, and go there. */
export function reveal(id: string): void {
  const found = document.getElementById(id);
  for (let each = found?.parentElement; each; each = each.parentElement) {
    if (each instanceof HTMLDetailsElement) each.open = true;
  }
  const field = found?.matches('input, textarea, select, summary')
    ? found
    : found?.querySelector<HTMLElement>('input, textarea, select, summary');
  (field ?? found)?.focus({ preventScroll: true });
  found?.scrollIntoView({ block: 'center' });
}
