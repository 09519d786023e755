import { useState } from 'react';
import { texts } from '../texts';

/** Links and not buttons: the browser does the downloading. */
export function ExportForm({ day }: { day: string }) {
  const [from, setFrom] = useState(day);
  const [to, setTo] = useState(day);
  const range = new URLSearchParams({ from, to }).toString();
  return (
    <section className="chart">
      <h3>{texts.figures.export}</h3>
      <div className="page-form">
        <label>
          {texts.figures.from}
          <input
            type="date"
            value={from}
            max={to}
            onChange={(event) => event.target.value && setFrom(event.target.value)}
          />
        </label>
        <label>
          {texts.figures.to}
          <input
            type="date"
            value={to}
            min={from}
            onChange={(event) => event.target.value && setTo(event.target.value)}
          />
        </label>
        <a className="button" href={`/desk/api/figures.csv?${range}`} download>
          {texts.figures.figuresCsv}
        </a>
        <a className="button" href={`/desk/api/tickets.csv?${range}`} download>
          {texts.figures.ticketsCsv}
        </a>
      </div>
    </section>
  );
}
