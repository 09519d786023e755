import { texts } from '../texts';
import type { Details } from '../types';

/** What the embedding app told of its user. */
export function ProfilePart({ profile }: { profile: Details['profile'] }) {
  if (profile.length === 0) return null;
  return (
    <section className="info-part">
      <h3>{texts.details.profile}</h3>
      <dl className="facts">
        {profile.map(({ title, value, signed }) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              {value} {!signed && <small className="soft">（{texts.details.unsigned}）</small>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
