import type { Entry } from '../conversation';
import { texts } from '../texts';
import { moment } from '../times';

/** What the bot took the customer's words for, the newest first: where it went wrong shows here. */
export function IntentsPart({ entries }: { entries: Entry[] }) {
  const history = entries
    .map(({ message }) => message)
    .filter(({ intent }, index, all) => intent && intent !== all[index - 1]?.intent)
    .reverse();
  if (history.length === 0) return null;
  return (
    <section className="info-part">
      <h3>{texts.details.intents}</h3>
      <ul className="history">
        {history.map(({ id, intent, time }) => (
          <li key={id}>
            <time>{moment(time)}</time>
            <span>{intent}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
