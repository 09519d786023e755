import { useId } from 'react';
import { texts } from '../texts';
import type { Count } from '../types';

interface Props {
  title: string;
  counts: Count[];
}

/** Bars beside their words and numbers: a table that is its own picture. */
export function BarList({ title, counts }: Props) {
  const heading = useId();
  const most = Math.max(1, ...counts.map(({ count }) => count));
  return (
    <section className="chart">
      <h3 id={heading}>{title}</h3>
      {counts.every(({ count }) => count === 0) ? (
        <p className="soft">{texts.none}</p>
      ) : (
        <table className="bars" aria-labelledby={heading}>
          <tbody>
            {counts.map(({ title: name, count }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="bars-picture">
                  <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect className="bar--messages" width={(100 * count) / most} height="10" />
                  </svg>
                </td>
                <td>{count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
