import type { ReactNode } from 'react';
import { keyOf } from '../data';
import type { Path } from '../data';
import { useForm } from '../form';
import { texts } from '../texts';
import type { Rules } from '../types';

/** What is wrong with a part, below its field. */
export function Problems({ path, id }: { path: Path; id?: string }) {
  const { problems } = useForm();
  const found = problems.get(keyOf(path));
  if (!found) return null;
  return (
    <div className="field-problem" id={id}>
      {found.map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
    </div>
  );
}

interface HintProps {
  rules: Rules;
  path: Path;
  id?: string;
}

/** What to know of a part: what it is for, what customers say, what the program fills in. */
export function Hint({ rules, path, id }: HintProps) {
  const { examples } = useForm();
  const placeholders = rules['x-placeholders'] ?? [];
  const said = examples.get(keyOf(path))?.[0];
  if (!rules.description && placeholders.length === 0 && !said) return null;
  return (
    <p className="field-hint" id={id}>
      {rules.description}
      {placeholders.length > 0 && texts.placeholders(placeholders)}
      {said && <span className="field-said">{texts.customerSays(said)}</span>}
    </p>
  );
}

interface FrameProps {
  id: string;
  rules: Rules;
  path: Path;
  label: string;
  isOptional: boolean;
  children: ReactNode;
}

/** A field with its label above, and what is wrong with it below. */
export function Frame({ id, rules, path, label, isOptional, children }: FrameProps) {
  const { change, problems } = useForm();
  return (
    <div className="field" data-wrong={problems.has(keyOf(path)) || undefined}>
      <div className="field-head">
        <label htmlFor={id}>{label}</label>
        {isOptional && (
          <button
            type="button"
            className="link"
            aria-label={texts.remove(label)}
            onClick={() => change(path, undefined)}
          >
            {texts.clear}
          </button>
        )}
      </div>
      <Hint rules={rules} path={path} id={`${id}-hint`} />
      {children}
      <Problems path={path} id={`${id}-problem`} />
    </div>
  );
}

/** What a field's attributes say of hint and problem. */
export function useDescribed(id: string, rules: Rules, path: Path) {
  const { problems, examples } = useForm();
  const isWrong = problems.has(keyOf(path));
  const isHinted = rules.description || rules['x-placeholders']?.length || examples.has(keyOf(path));
  const described = [isHinted && `${id}-hint`, isWrong && `${id}-problem`].filter(Boolean).join(' ');
  return { 'aria-invalid': isWrong || undefined, 'aria-describedby': described || undefined };
}
