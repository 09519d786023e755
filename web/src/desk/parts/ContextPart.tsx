import { texts } from '../texts';
import type { Context } from '../types';

/** What the customer was doing and has told before a human came. */
export function ContextPart({ context }: { context: Context }) {
  const { procedure, step, details, words } = context;
  return (
    <>
      {procedure && (
        <section className="info-part">
          <h3>{texts.details.doing}</h3>
          <p>{procedure}</p>
          {step && <p className="soft">{texts.details.step(step.index, step.total, step.title)}</p>}
        </section>
      )}
      {details.length > 0 && (
        <section className="info-part">
          <h3>{texts.details.collected}</h3>
          <dl className="facts">
            {details.map(({ title, value }, index) => (
              <div key={index}>
                <dt>{title}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {words.length > 0 && (
        <section className="info-part">
          <h3>{texts.details.words}</h3>
          <ul className="words">
            {words.map((word, index) => (
              <li key={index}>{word}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
