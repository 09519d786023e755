import { texts } from '../texts';
import type { Urgency } from '../types';

/** By word and colour; the usual needs no mark. */
export function UrgencyBadge({ urgency }: { urgency: Urgency }) {
  if (urgency === 'normal') return null;
  return (
    <span className="urgency" data-urgency={urgency}>
      {texts.urgency[urgency]}
    </span>
  );
}
