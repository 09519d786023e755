import { useCallback, useState } from 'react';
import { fetchTrends } from '../api';
import { texts } from '../texts';
import { span } from '../times';
import type { Span } from '../types';
import { useLoad } from '../useLoad';
import { LoadProblem } from './LoadProblem';

const { figures } = texts;
const MEASURES = {
  conversations: figures.conversations,
  handedOver: figures.handedOver,
  botAlone: figures.botAlone,
  unanswered: figures.unanswered,
  useful: figures.judged,
  unhelpful: figures.judgedUnhelpful,
  waiting: figures.waiting,
  firstAnswer: figures.firstAnswer,
  handling: figures.handling,
  solved: figures.ended,
  rating: figures.rating,
} as const;
type Measure = keyof typeof MEASURES;
const TIMES: readonly Measure[] = ['waiting', 'firstAnswer', 'handling'];

/** One measure over the last fourteen days or weeks: bars beside their numbers. */
export function TrendPart() {
  const [by, setBy] = useState<'day' | 'week'>('day');
  const [measure, setMeasure] = useState<Measure>('conversations');
  const load = useCallback(() => fetchTrends(by), [by]);
  const { value: spans, problem, retry } = useLoad(load);
  const most = Math.max(0, ...(spans ?? []).map((one) => one[measure] ?? 0));
  return (
    <section className="chart">
      <h3>{figures.trend}</h3>
      <div className="page-form">
        <label>
          {figures.by}
          <select value={by} onChange={(event) => setBy(event.target.value === 'week' ? 'week' : 'day')}>
            <option value="day">{figures.byDay}</option>
            <option value="week">{figures.byWeek}</option>
          </select>
        </label>
        <label>
          {figures.what}
          <select value={measure} onChange={(event) => setMeasure(event.target.value as Measure)}>
            {Object.entries(MEASURES).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <LoadProblem problem={problem} retry={retry} isLoading={!spans && !problem} />
      {spans && most === 0 && <p className="soft">{figures.noTrend}</p>}
      {spans && most > 0 && (
        <table className="bars bars--trend">
          <caption className="sr-only">{figures.trendOf(MEASURES[measure])}</caption>
          <tbody>
            {spans.map((one) => (
              <tr key={one.begin}>
                <th scope="row">{daysOf(one)}</th>
                <td className="bars-picture">
                  <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect className="bar--messages" width={(100 * (one[measure] ?? 0)) / most} height="10" />
                  </svg>
                </td>
                <td>{shown(measure, one[measure])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const short = (day: string): string => day.slice(5);

const daysOf = ({ begin, end }: Span): string =>
  begin === end ? short(begin) : `${short(begin)} – ${short(end)}`;

function shown(measure: Measure, value: number | null): string {
  if (value === null) return texts.none;
  if (TIMES.includes(measure)) return span(value);
  return measure === 'rating' ? value.toFixed(1) : String(value);
}
