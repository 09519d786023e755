import { useCallback, useState } from 'react';
import { fetchJudged, fetchTalks } from '../api';
import { sentenceOf } from '../http';
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { Table } from '../parts/Table';
import { TalkDialog } from '../parts/TalkDialog';
import { hrefOf } from '../route';
import { say, useDesk } from '../store';
import { texts } from '../texts';
import { moment } from '../times';
import type { JudgedTopic, Talk } from '../types';
import { useLoad } from '../useLoad';

/** As many as the server gives at once. */
const PAGE = 50;
const DAYS = 30;
const loadJudged = () => fetchJudged(DAYS);

/** What the bot does alone: where it is not understood, or of no use. */
export function TalksPage() {
  const intents = useDesk((state) => state.me?.intents);
  const [topic, setTopic] = useState('');
  const [kind, setKind] = useState('');
  const [read, setRead] = useState<Talk | null>(null);
  const [isAtEnd, setAtEnd] = useState(false);
  const load = useCallback(() => {
    setAtEnd(false);
    return fetchTalks(topic, kind);
  }, [topic, kind]);
  const { value: talks, setValue, problem, retry } = useLoad(load);
  const { value: judged } = useLoad(loadJudged);
  const { columns } = texts.talks;

  const more = async () => {
    try {
      const earlier = await fetchTalks(topic, kind, talks?.[talks.length - 1]?.id);
      if (earlier.length < PAGE) setAtEnd(true);
      setValue((before) => [...(before ?? []), ...earlier]);
    } catch (error) {
      say(sentenceOf(error), 'problem');
    }
  };

  return (
    <Page title={texts.talks.title}>
      <p className="soft">{texts.talks.explain}</p>
      {judged && <JudgedPart judged={judged.filter(({ unhelpful }) => unhelpful > 0)} />}
      <form className="page-form" onSubmit={(event) => event.preventDefault()}>
        <label>
          {texts.talks.topic}
          <select value={topic} onChange={(event) => setTopic(event.target.value)}>
            <option value="">{texts.talks.allTopics}</option>
            {(intents ?? []).map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          {texts.talks.kind}
          <select value={kind} onChange={(event) => setKind(event.target.value)}>
            {Object.entries(texts.talks.kinds).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </form>
      <LoadProblem problem={problem} retry={retry} isLoading={!talks && !problem} />
      {talks?.length === 0 && <p className="soft">{texts.talks.nothing}</p>}
      {talks && talks.length > 0 && (
        <Table caption={texts.talks.caption} columns={columns}>
          {talks.map((talk) => (
            <tr key={talk.id}>
              <td data-title={columns.ended}>{moment(talk.ended)}</td>
              <td data-title={columns.channel}>{talk.channel}</td>
              <td data-title={columns.count}>{texts.talks.times(talk.count)}</td>
              <td data-title={columns.said} className="table-words">
                {talk.said}
              </td>
              <td data-title={columns.actions}>
                <button
                  type="button"
                  className="button"
                  aria-label={texts.talks.readOf(moment(talk.ended))}
                  onClick={() => setRead(talk)}
                >
                  {texts.talks.read}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {talks && talks.length >= PAGE && !isAtEnd && (
        <button type="button" className="button" onClick={() => void more()}>
          {texts.more}
        </button>
      )}
      {read && <TalkDialog talk={read} onClose={() => setRead(null)} />}
    </Page>
  );
}

/** What to improve, by topic: there its answer is changed. */
function JudgedPart({ judged }: { judged: JudgedTopic[] }) {
  const { judgedColumns: columns, reasons } = texts.talks;
  return (
    <section className="chart">
      <h3>{texts.talks.judged}</h3>
      {judged.length === 0 ? (
        <p className="soft">{texts.talks.nothingJudged}</p>
      ) : (
        <Table caption={texts.talks.judged} columns={columns}>
          {judged.map((one) => (
            <tr key={one.name}>
              <td data-title={columns.title}>
                <a href={hrefOf({ page: 'content', document: one.name })}>{one.title}</a>
              </td>
              <td data-title={columns.useful}>{one.useful}</td>
              <td data-title={columns.unhelpful}>{one.unhelpful}</td>
              <td data-title={columns.reasons} className="table-words">
                {Object.entries(one.reasons)
                  .filter(([, count]) => count > 0)
                  .map(([name, count]) => `${reasons[name] ?? name} ${count}`)
                  .join('、')}
              </td>
              <td data-title={columns.questions} className="table-words">
                {one.questions.slice(0, 3).join(' / ')}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
