import { Fragment } from 'react';
import { shown } from './data';
import { texts } from './texts';
import type { Difference } from './types';

/** What changed: each part before and after. */
export function Differences({ differences }: { differences: Difference[] }) {
  return (
    <dl className="differences">
      {differences.map(({ label, before, after }, index) => (
        <Fragment key={index}>
          <dt>{label}</dt>
          <dd>
            <span className="sr-only">{texts.before}</span>
            <del>{shown(before) || texts.empty}</del>
          </dd>
          <dd>
            <span className="sr-only">{texts.after}</span>
            <ins>{shown(after) || texts.empty}</ins>
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
