import { useCallback, useState } from 'react';
import { fetchFigures } from '../api';
import { AgentsTable } from '../parts/AgentsTable';
import { BarList } from '../parts/BarList';
import { ExportForm } from '../parts/ExportForm';
import { FigureCards } from '../parts/FigureCards';
import { HoursChart } from '../parts/HoursChart';
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { TrendPart } from '../parts/TrendPart';
import { texts } from '../texts';
import { isoDay } from '../times';
import { useLoad } from '../useLoad';

export function FiguresPage() {
  // What is today there is for the server to say: this browser may be in another time zone.
  const [asked, setAsked] = useState<string | null>(null);
  const [today, setToday] = useState<string | null>(null);
  const load = useCallback(async () => {
    const loaded = await fetchFigures(asked);
    if (asked === null) setToday(loaded.day);
    return loaded;
  }, [asked]);
  const { value: figures, problem, retry } = useLoad(load);
  const day = asked ?? today ?? isoDay(new Date());

  return (
    <Page title={asked === null || asked === today ? texts.figures.title : texts.figures.titleOf(day)}>
      <form className="page-form" onSubmit={(event) => event.preventDefault()}>
        <label>
          {texts.figures.day}
          {/* Emptied, a date input says "": there is no such day. */}
          <input
            type="date"
            value={day}
            max={today ?? undefined}
            onChange={(event) => event.target.value && setAsked(event.target.value)}
          />
        </label>
      </form>
      <LoadProblem problem={problem} retry={retry} isLoading={!figures && !problem} />
      {figures && (
        <>
          <FigureCards figures={figures} />
          {figures.conversations === 0 && <p className="soft">{texts.figures.empty}</p>}
          <HoursChart hours={figures.hours} />
          <div className="page-columns">
            <BarList title={texts.figures.why} counts={figures.why} />
            <BarList title={texts.figures.topics} counts={figures.topics} />
            <BarList
              title={texts.figures.stars}
              counts={figures.ratings.counts
                .map((count, index) => ({ title: texts.figures.starsOf(index + 1), count }))
                .reverse()}
            />
          </div>
        </>
      )}
      {figures && <AgentsTable agents={figures.agents} />}
      <TrendPart />
      {figures && <ExportForm day={figures.day} />}
    </Page>
  );
}
