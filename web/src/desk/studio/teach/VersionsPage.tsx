import { useEffect, useState } from 'react';
import { fetchAgents } from '../../api';
import { LoadProblem } from '../../parts/LoadProblem';
import { Page } from '../../parts/Page';
import { hrefOf } from '../../route';
import { say } from '../../store';
import { moment } from '../../times';
import { useLoad } from '../../useLoad';
import { fetchVersions, train } from './api';
import { CancelDialog } from './CancelDialog';
import { PublishDialog } from './PublishDialog';
import { ReportDialog } from './ReportDialog';
import { nameOf, texts } from './texts';
import { isCancelled, minutesOf, trainsNow, usualMinutes } from './training';
import type { Version } from './types';
import { useAction } from './useAction';

/** While something is trained, and to see what colleagues do. */
const LOOK_MS = 3_000;
const INSTALLED = 0;

const isWorse = ({ status, regressions }: Version) => status === 'ready' && regressions.length > 0;

export function VersionsPage() {
  const { value, problem, retry } = useLoad(fetchVersions);
  const { value: agents } = useLoad(fetchAgents);
  const { act, isBusy, problem: refused } = useAction();
  const [report, setReport] = useState<Version | null>(null);
  const [cancelling, setCancelling] = useState<Version | null>(null);
  const [publishing, setPublishing] = useState<number | null>(null);
  const words = texts.versions;

  useEffect(() => {
    const timer = window.setInterval(retry, LOOK_MS);
    return () => window.clearInterval(timer);
  }, [retry]);

  const who = (login: string) => agents?.find((each) => each.login === login)?.name ?? login;
  const now = Date.now() / 1000;
  const usual = usualMinutes(value?.versions ?? []);
  const trains = value?.versions.some(trainsNow);
  // The newest one that nobody has published yet: its report is what comes next.
  const latest = value?.versions.find(({ status }) => status === 'ready');
  const unread = latest && !value?.releases.some(({ version }) => version === latest.id) ? latest.id : null;
  const newest = value?.releases[0];
  const worse = (version: Version) => (
    <ul className="regressions">
      {version.regressions.map((each) => (
        <li key={each.kind + each.intent}>{words.regression(each, nameOf(each.intent, value?.intents ?? []))}</li>
      ))}
    </ul>
  );

  return (
    <Page title={words.title}>
      <p className="soft">{words.explain}</p>
      <LoadProblem problem={value ? null : problem} retry={retry} isLoading={!value && !problem} />
      {value && (
        <>
          <section className="chart versions-live">
            <p>
              <b>{words.live(value.live)}</b>{' '}
              {newest && <span className="soft">{words.since(who(newest.agent), moment(newest.time))}</span>}
            </p>
            <p className="soft">{value.releases.length === 0 && words.installed}</p>
            {value.waiting.length > 0 ? (
              <details>
                <summary>{words.waiting(value.waiting.length)}</summary>
                <ul className="said">
                  {value.waiting.map(({ text, intent }) => (
                    <li key={text}>
                      <span>{text}</span> <b>{intent ? nameOf(intent, value.intents) : words.removed}</b>
                    </li>
                  ))}
                </ul>
              </details>
            ) : (
              <p className="soft">
                {words.nothingWaits} <a href={hrefOf({ page: 'sentences' })}>{words.toSentences}</a>
              </p>
            )}
            <p className="group-actions">
              <button
                type="button"
                className={`button ${value.waiting.length > 0 && !trains ? 'button--main' : ''}`}
                disabled={isBusy || trains}
                onClick={() =>
                  void act(async () => {
                    await train();
                    say(words.asked);
                    retry();
                  })
                }
              >
                {words.train}
              </button>
              {value.live !== INSTALLED && (
                <button type="button" className="button" onClick={() => setPublishing(INSTALLED)}>
                  {words.backToInstalled}
                </button>
              )}
            </p>
            <p className="form-problem" role="alert">
              {refused}
            </p>
          </section>
          <h3>{words.list}</h3>
          {value.versions.length === 0 && <p className="soft">{words.none}</p>}
          <ul className="versions">
            {value.versions.map((version) => (
              <li key={version.id} className="chart" aria-label={words.number(version.id)}>
                <p>
                  <b>{words.number(version.id)}</b>{' '}
                  <span
                    className="mark"
                    data-status={isWorse(version) ? 'failed' : isCancelled(version) ? 'gone' : version.status}
                    role="status"
                  >
                    {version.id === value.live
                      ? words.isLive
                      : version.status === 'training' && version.stage === 'comparing'
                        ? words.comparing
                        : isWorse(version)
                          ? words.worse
                          : isCancelled(version)
                            ? words.cancelled
                            : words.status[version.status]}
                  </span>{' '}
                  <span className="soft">
                    {who(version.agent)} {moment(version.time)}
                    {version.status === 'ready' && ` · ${words.sentences(version.sentences)}`}
                    {version.status === 'ready' && version.finished > 0 && ` · ${words.took(minutesOf(version, now))}`}
                  </span>
                </p>
                {trainsNow(version) && <p className="soft">{words.underWay(minutesOf(version, now), usual)}</p>}
                {version.id === unread && <p className="report-good">{words.done}</p>}
                {isCancelled(version) && (
                  <p className="soft">
                    {words.cancelledBy(version.cancelledBy && who(version.cancelledBy), minutesOf(version, now))}
                  </p>
                )}
                {version.status === 'failed' && !isCancelled(version) && (
                  <p className="form-problem">{words.failed(version.reason)}</p>
                )}
                {version.status === 'ready' && worse(version)}
                <p className="group-actions">
                  {trainsNow(version) && (
                    <button type="button" className="button" onClick={() => setCancelling(version)}>
                      {words.cancel}
                    </button>
                  )}
                  {(version.status === 'ready' || version.status === 'gone') && (
                    <button
                      type="button"
                      className={`button ${version.id === unread ? 'button--main' : ''}`}
                      onClick={() => setReport(version)}
                    >
                      {words.report}
                    </button>
                  )}
                  {version.status === 'ready' && version.id !== value.live && (
                    <button type="button" className="button" onClick={() => setPublishing(version.id)}>
                      {value.releases.some(({ version: id }) => id === version.id) ? words.back : words.publish}
                    </button>
                  )}
                </p>
              </li>
            ))}
          </ul>
          <h3>{words.history}</h3>
          {value.releases.length === 0 && <p className="soft">{words.noHistory}</p>}
          <ul className="releases">
            {value.releases.map(({ version, agent, time, reason }) => (
              <li key={time}>
                <span className="soft">{moment(time)}</span> {words.change(who(agent), version)}{' '}
                {reason && <span className="soft">{words.because(reason)}</span>}
              </li>
            ))}
          </ul>
          {report && (
            <ReportDialog
              version={report}
              intents={value.intents}
              onPublish={
                report.status === 'ready' && report.id !== value.live ? () => setPublishing(report.id) : null
              }
              onClose={() => setReport(null)}
            />
          )}
          {cancelling && (
            <CancelDialog
              version={cancelling.id}
              minutes={minutesOf(cancelling, now)}
              onDone={() => {
                setCancelling(null);
                retry();
              }}
              onClose={() => setCancelling(null)}
            />
          )}
          {publishing !== null && (
            <PublishDialog
              version={publishing}
              live={value.live}
              wasLive={value.releases.some(({ version }) => version === publishing)}
              regressions={value.versions.find(({ id }) => id === publishing)?.regressions ?? []}
              intents={value.intents}
              onDone={() => {
                say(words.published(publishing));
                setPublishing(null);
                setReport(null);
                retry();
              }}
              onClose={() => setPublishing(null)}
            />
          )}
        </>
      )}
    </Page>
  );
}
