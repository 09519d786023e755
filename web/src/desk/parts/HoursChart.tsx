import { useId } from 'react';
import { texts } from '../texts';
import type { Hour } from '../types';
import { ceiling } from '../scale';

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 40;
const TOP = 12;
const BOTTOM = 26;
const INSIDE = HEIGHT - TOP - BOTTOM;

/** Two bars for each hour of the day, and the same as a table. */
export function HoursChart({ hours }: { hours: Hour[] }) {
  const summary = useId();
  const busiest = hours.reduce<Hour | null>(
    (most, hour) => (hour.messages > (most?.messages ?? 0) ? hour : most),
    null,
  );
  if (!busiest) return null;
  const top = ceiling(busiest.messages);
  const slot = (WIDTH - LEFT) / 24;
  const y = (count: number) => TOP + INSIDE * (1 - count / top);
  const bar = (count: number, x: number, name: string) => (
    <rect className={name} x={x} y={y(count)} width={slot * 0.36} height={INSIDE * (count / top)} />
  );
  return (
    <figure className="chart">
      <figcaption>
        <h3>{texts.figures.hours}</h3>
        <span className="legend legend--messages">{texts.figures.messages}</span>
        <span className="legend legend--handed">{texts.figures.handedOver}</span>
      </figcaption>
      {/* On phones it scrolls, which has to work by keyboard too. */}
      <div className="chart-scroller" role="group" aria-label={texts.figures.hours} tabIndex={0}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={texts.figures.hours} aria-describedby={summary}>
          {[0, top / 2, top].map((count) => (
            <g key={count}>
              <line className="grid" x1={LEFT} x2={WIDTH} y1={y(count)} y2={y(count)} />
              <text className="axis" x={LEFT - 6} y={y(count) + 4} textAnchor="end">
                {count}
              </text>
            </g>
          ))}
          {hours.map(({ hour, messages, handedOver }) => {
            const x = LEFT + hour * slot;
            return (
              <g key={hour}>
                {bar(messages, x + slot * 0.12, 'bar--messages')}
                {bar(handedOver, x + slot * 0.52, 'bar--handed')}
                {hour % 3 === 0 && (
                  <text className="axis" x={x + slot / 2} y={HEIGHT - 8} textAnchor="middle">
                    {hour}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <p id={summary} className="soft">
        {texts.figures.hoursSummary(busiest.hour, busiest.messages)}
      </p>
      <details>
        <summary>{texts.figures.table}</summary>
        <table className="table">
          <caption className="sr-only">{texts.figures.hours}</caption>
          <thead>
            <tr>
              <th scope="col">{texts.figures.hour}</th>
              <th scope="col">{texts.figures.messages}</th>
              <th scope="col">{texts.figures.handedOver}</th>
            </tr>
          </thead>
          <tbody>
            {hours.map(({ hour, messages, handedOver }) => (
              <tr key={hour}>
                <th scope="row">{texts.figures.hourOf(hour)}</th>
                <td>{messages}</td>
                <td>{handedOver}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
