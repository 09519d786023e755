import { useCallback } from 'react';
import { Dialog } from '../../parts/Dialog';
import { LoadProblem } from '../../parts/LoadProblem';
import { useLoad } from '../../useLoad';
import { fetchReport } from './api';
import { nameOf, texts } from './texts';
import type { Counted, Difference, Intent, Report, Version } from './types';

interface Props {
  version: Version;
  intents: Intent[];
  onClose: () => void;
}

/** What a version understands, beside the one that answered when it was trained. */
export function ReportDialog({ version, intents, onClose }: Props) {
  const load = useCallback(() => fetchReport(version.id), [version.id]);
  const { value: report, problem, retry } = useLoad(load);
  const { regressions } = version;
  return (
    <Dialog title={texts.report.title(version.id)} onClose={onClose} className="dialog--wide">
      <LoadProblem problem={problem} retry={retry} isLoading={!report && !problem} />
      {regressions.length === 0 ? (
        <p className="report-good">{texts.report.good}</p>
      ) : (
        <>
          <p className="form-problem">{texts.versions.refused}</p>
          <ul className="regressions">
            {regressions.map((each) => (
              <li key={each.kind + each.intent}>{texts.versions.regression(each, nameOf(each.intent, intents))}</li>
            ))}
          </ul>
        </>
      )}
      {report && <Figures report={report} intents={intents} />}
    </Dialog>
  );
}

function Figures({ report, intents }: { report: Report; intents: Intent[] }) {
  const words = texts.report;
  const name = (intent: string) => nameOf(intent, intents);
  const rows: [string, Counted][] = [
    [words.mustStay, report.mustStay],
    [words.taught, report.taught],
    ...report.watched.map((each): [string, Counted] => [words.watched(name(each.intent)), each]),
    [words.inside, report.inside],
    [words.outside, report.outside],
  ];
  const own = [report.inside, report.outside];
  return (
    <>
      {own.every(({ of }) => of === 0) && <p className="soft">{words.noSet}</p>}
      <div className="table-frame">
        <table className="table">
          <caption>{words.caption}</caption>
          <thead>
            <tr>
              {Object.values(words.columns).map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows
              .filter(([, { of }]) => of > 0)
              .map(([title, { of, live, now }]) => (
                <tr key={title} data-worse={now < live || undefined}>
                  <th scope="row">{title}</th>
                  <td>{of}</td>
                  <td>
                    {live} <span className="soft">{texts.percent(live, of)}</span>
                  </td>
                  <td>
                    {now} <span className="soft">{texts.percent(now, of)}</span>
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      <Sentences title={words.missed} sentences={report.mustStay.wrong} name={name} isOpen />
      <Sentences title={words.stillWrong} sentences={report.taught.wrong} name={name} />
      <Sentences title={words.lost} sentences={own.flatMap(({ lost }) => lost)} name={name} />
      <Sentences title={words.won} sentences={own.flatMap(({ won }) => won)} name={name} />
      <Sentences
        title={words.real(report.real.changed.length, report.real.of)}
        hint={words.realHint}
        sentences={report.real.changed}
        name={name}
      />
    </>
  );
}

interface SentencesProps {
  title: string;
  hint?: string;
  sentences: Difference[];
  name: (intent: string) => string;
  isOpen?: boolean;
}

function Sentences({ title, hint, sentences, name, isOpen = false }: SentencesProps) {
  if (sentences.length === 0) return hint ? <p className="soft">{title}</p> : null;
  return (
    <details open={isOpen}>
      <summary>
        {title}（{sentences.length}）
      </summary>
      {hint && <p className="soft">{hint}</p>}
      <ul className="said">
        {sentences.map(({ text, wanted, live, now }, place) => (
          <li key={place}>
            <span>{text}</span> <b>{texts.report.change(name(live), name(now))}</b>{' '}
            {wanted && wanted !== now && <span className="soft">{texts.report.wanted(name(wanted))}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}
