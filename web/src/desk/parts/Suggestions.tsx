import { useCallback } from 'react';
import { fetchSuggestions } from '../api';
import { customerWroteLast } from '../queue';
import { texts } from '../texts';
import type { Suggestion, Ticket } from '../types';
import { useLoad } from '../useLoad';

const KEYS = ['J', 'K', 'L'] as const;

interface Props {
  id: number;
  ticket: Ticket;
  onTake: (suggestion: Suggestion) => void;
}

/** What could be replied to what the customer said last; one key puts it where one writes. */
export function Suggestions({ id, ticket, onTake }: Props) {
  const { customerLast } = ticket;
  // biome-ignore lint/correctness/useExhaustiveDependencies: anew with every message of the customer
  const load = useCallback(() => fetchSuggestions(id), [id, customerLast]);
  const { value: found } = useLoad(load);
  // Nothing to answer, nothing to suggest.
  if (!found || found.length === 0 || !customerWroteLast(ticket)) return null;
  return (
    <ul className="suggestions" aria-label={texts.composer.suggestions}>
      {found.slice(0, KEYS.length).map((one, index) => (
        <li key={one.text}>
          <button
            type="button"
            className="suggestion"
            data-shortcut="suggestion"
            aria-keyshortcuts={texts.composer.suggestionKey(KEYS[index]!)}
            title={one.text}
            onClick={() => onTake(one)}
          >
            <strong>{one.title}</strong>
            <span>{one.text}</span>
            <kbd aria-hidden="true">{texts.composer.suggestionKey(KEYS[index]!)}</kbd>
          </button>
        </li>
      ))}
    </ul>
  );
}
