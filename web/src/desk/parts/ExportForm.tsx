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
        <DayField title={texts.figures.from} day={from} max={to} onChoose={setFrom} />
        <DayField title={texts.figures.to} day={to} min={from} onChoose={setTo} />
        <a className="button" href={`/desk/api/figures.csv?${range}`} download>
          {texts.figures.figuresCsv}
        </a>
        <a className="button" href={`/desk/api/tickets.csv?${range}`} download>
          {texts.figures.ticketsCsv}
        </a>
        <a className="button" href={`/desk/api/agents.csv?${range}`} download>
          {texts.figures.agentsCsv}
        </a>
      </div>
    </section>
  );
}

interface DayFieldProps {
  title: string;
  day: string;
  min?: string;
  max?: string;
  onChoose: (day: string) => void;
}

function DayField({ title, day, min, max, onChoose }: DayFieldProps) {
  return (
    <label>
      {title}
      <input
        type="date"
        value={day}
        min={min}
        max={max}
        onChange={(event) => event.target.value && onChoose(event.target.value)}
      />
    </label>
  );
}
