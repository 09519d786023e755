import { useCallback } from 'react';
import { Dialog } from '../../parts/Dialog';
import { LoadProblem } from '../../parts/LoadProblem';
import { useLoad } from '../../useLoad';
import { fetchReport } from './api';
import { nameOf, texts } from './texts';
import { tryOut } from './trying';
import type { Counted, Difference, Failed, Intent, Report, Version } from './types';

interface Props {
  version: Version;
  intents: Intent[];
  /** Null where it cannot be published. */
  onPublish: (() => void) | null;
  onClose: () => void;
}

/** What a version understands, beside the one that answered when it was trained. */
export function ReportDialog({ version, intents, onPublish, onClose }: Props) {
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
      {report && <Figures report={report} version={version} intents={intents} />}
      <div className="form-actions">
        <button type="button" className="button" onClick={onClose}>
          {texts.close}
        </button>
        {onPublish && (
          <button
            type="button"
            className={`button ${regressions.length === 0 ? 'button--main' : ''}`}
            onClick={onPublish}
          >
            {texts.versions.publish}
          </button>
        )}
      </div>
    </Dialog>
  );
}

interface FiguresProps {
  report: Report;
  version: Version;
  intents: Intent[];
}

function Figures({ report, version, intents }: FiguresProps) {
  const words = texts.report;
  const name = (intent: string) => nameOf(intent, intents);
  const { conversations, real } = report;
  const rows: [string, Pick<Counted, 'of' | 'live' | 'now'>][] = [
    [words.mustStay, report.mustStay],
    [words.taught, report.taught],
    ...report.watched.map((each): [string, Counted] => [words.watched(name(each.intent)), each]),
    [words.inside, report.inside],
    [words.outside, report.outside],
    [words.conversations, conversations],
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
      {conversations.unfit > 0 && <p className="soft">{words.unfit(conversations.unfit)}</p>}
      <Talks title={words.talksLost} failed={conversations.lost} />
      <Talks title={words.talksWon} failed={conversations.won} />
      <Sentences
        title={words.real(real.changed.length, real.of)}
        hint={real.of > 0 ? words.realHint : undefined}
        sentences={real.changed}
        name={name}
        onTry={({ leading }) => tryOut(leading, version.id)}
      />
    </>
  );
}

/** Tests that are conversations: what the customer said, and what each version answered at last. */
function Talks({ title, failed }: { title: string; failed: Failed[] }) {
  if (failed.length === 0) return null;
  const words = texts.report;
  return (
    <details>
      <summary>
        {title}（{failed.length}）
      </summary>
      <ul className="said">
        {failed.map(({ name, said, reason, wrong, right }) => (
          <li key={name} className="talk">
            <b>{name}</b>
            <p>{said.map((each) => words.customer(each)).join('　')}</p>
            <p className="soft">{words.wrongly(wrong || words.silent, reason)}</p>
            <p className="soft">{words.rightly(right || words.silent)}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}

interface SentencesProps<Said extends Difference> {
  title: string;
  hint?: string | undefined;
  sentences: Said[];
  name: (intent: string) => string;
  isOpen?: boolean;
  onTry?: (one: Said) => void;
}

function Sentences<Said extends Difference>({
  title,
  hint,
  sentences,
  name,
  isOpen = false,
  onTry,
}: SentencesProps<Said>) {
  if (sentences.length === 0) return hint ? <p className="soft">{title}</p> : null;
  return (
    <details open={isOpen}>
      <summary>
        {title}（{sentences.length}）
      </summary>
      {hint && <p className="soft">{hint}</p>}
      <ul className="said">
        {sentences.map((one, place) => {
          const { text, wanted, live, now } = one;
          return (
            <li key={place}>
              <span>{text}</span>{' '}
              <b>{live === now ? texts.report.sameMeaning(name(now)) : texts.report.change(name(live), name(now))}</b>{' '}
              {wanted && wanted !== now && <span className="soft">{texts.report.wanted(name(wanted))}</span>}
              {onTry && (
                <button type="button" className="link" onClick={() => onTry(one)}>
                  {texts.report.tryIt}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </details>
  );
}
