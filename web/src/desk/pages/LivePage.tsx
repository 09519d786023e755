// Who talks with whom, how long, and who waits: for leads, as it happens.
import { useEffect, useState } from 'react';
import { fetchAgents } from '../api';
import { LoadProblem } from '../parts/LoadProblem';
import { Page } from '../parts/Page';
import { Table } from '../parts/Table';
import { TransferDialog } from '../parts/TransferDialog';
import { UrgencyBadge } from '../parts/UrgencyBadge';
import { waitsSince } from '../queue';
import { hrefOf, openTicket } from '../route';
import { useDesk } from '../store';
import { texts } from '../texts';
import { takeOver } from '../tickets';
import { ticking } from '../times';
import type { Agent, Ticket } from '../types';
import { useLoad } from '../useLoad';
import { useNow } from '../useNow';

/** Agents come and go without an event of their own. */
const EVERY_MS = 10_000;

export function LivePage() {
  const queue = useDesk((state) => state.queue);
  const me = useDesk((state) => state.me?.agent);
  const { value: agents, problem, retry } = useLoad(fetchAgents);
  const [passing, setPassing] = useState<Ticket | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever takes or ends changes the queue
  useEffect(() => {
    retry();
    const timer = setInterval(retry, EVERY_MS);
    return () => clearInterval(timer);
  }, [retry, queue]);

  const talks = queue ? [...queue.mine, ...queue.others] : [];
  const waiting = queue?.waiting ?? [];
  const left = waiting.filter(({ status }) => status === 'left_message').length;
  const there = (agents ?? []).filter((agent) => stateOf(agent) === 'there');
  const isBusy = (agent: Agent) => talks.some((one) => one.agent?.id === agent.id);
  const busy = (agents ?? []).filter(isBusy);
  const free = (agents ?? []).filter((agent) => stateOf(agent) !== 'gone' && !isBusy(agent));

  return (
    <Page title={texts.live.title}>
      <LoadProblem problem={problem} retry={retry} isLoading={!agents && !problem} />
      {agents && queue && (
        <p role="status">
          {texts.live.summary(there.length, talks.length, waiting.length - left, left)}
        </p>
      )}
      {free.length > 0 && (
        <p className="live-free">
          {texts.live.free}
          {free.map((agent) => (
            <span key={agent.id}>
              {agent.name} <State agent={agent} />
            </span>
          ))}
        </p>
      )}
      {busy.map((agent) => (
        <AgentPart
          key={agent.id}
          agent={agent}
          talks={talks.filter((one) => one.agent?.id === agent.id)}
          isMe={agent.id === me?.id}
          onPass={setPassing}
        />
      ))}
      <section className="chart">
        <h3>{texts.live.waiting}</h3>
        {waiting.length === 0 ? <p className="soft">{texts.live.nobody}</p> : <Waiting tickets={waiting} onPass={setPassing} />}
      </section>
      {passing && <TransferDialog ticket={passing} onClose={() => setPassing(null)} />}
    </Page>
  );
}

function stateOf(agent: Agent): keyof typeof texts.live.state {
  if (!agent.online) return 'gone';
  return agent.available ? 'there' : 'away';
}

function State({ agent }: { agent: Agent }) {
  return (
    <span className="presence" data-present={stateOf(agent) === 'there'}>
      {texts.live.state[stateOf(agent)]}
    </span>
  );
}

interface AgentPartProps {
  agent: Agent;
  talks: Ticket[];
  isMe: boolean;
  onPass: (ticket: Ticket) => void;
}

function AgentPart({ agent, talks, isMe, onPass }: AgentPartProps) {
  const { columns } = texts.live;
  const now = useNow();
  return (
    <section className="chart live-agent" aria-label={agent.name}>
      <h3>
        {agent.name} <State agent={agent} />
      </h3>
      <Table caption={agent.name} columns={columns}>
        {talks.map((ticket) => (
          <tr key={ticket.id}>
            <td data-title={columns.customer}>
              <Customer ticket={ticket} />
            </td>
            <td data-title={columns.talks}>{ticking(now - (ticket.taken ?? ticket.created))}</td>
            <td data-title={columns.waits}>
              {ticket.asksSince === null ? (
                texts.live.answered
              ) : (
                <span className="marked">{ticking(now - ticket.asksSince)}</span>
              )}
            </td>
            <td data-title={columns.last} className="table-words">
              {ticket.lastText}
            </td>
            <td data-title={columns.actions} className="live-actions">
              {!isMe && (
                <button
                  type="button"
                  className="button"
                  aria-label={`${texts.details.takeOver} ${ticket.number}`}
                  onClick={() => void takeOver(ticket.id).then(() => openTicket(ticket.id))}
                >
                  {texts.details.takeOver}
                </button>
              )}
              <button
                type="button"
                className="button"
                aria-label={`${texts.details.transfer} ${ticket.number}`}
                onClick={() => onPass(ticket)}
              >
                {texts.details.transfer}
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Waiting({ tickets, onPass }: { tickets: Ticket[]; onPass: (ticket: Ticket) => void }) {
  const { queueColumns: columns } = texts.live;
  const now = useNow();
  return (
    <Table caption={texts.live.waiting} columns={columns}>
      {tickets.map((ticket) => (
        <tr key={ticket.id}>
          <td data-title={columns.customer}>
            <Customer ticket={ticket} />
          </td>
          <td data-title={columns.waited}>
            {ticking(now - waitsSince(ticket))}
            {ticket.status === 'left_message' && (
              <span className="marked"> {texts.status.left_message}</span>
            )}
            {ticket.wanted && <span className="marked"> {texts.queue.wanted(ticket.wanted.name)}</span>}
          </td>
          <td data-title={columns.doing}>{ticket.doing}</td>
          <td data-title={columns.last} className="table-words">
            {ticket.reason}
          </td>
          <td data-title={columns.actions} className="live-actions">
            <button
              type="button"
              className="button"
              aria-label={`${texts.details.assign} ${ticket.number}`}
              onClick={() => onPass(ticket)}
            >
              {texts.details.assign}
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Customer({ ticket }: { ticket: Ticket }) {
  return (
    <>
      <a href={hrefOf({ page: 'desk', ticket: ticket.id, info: false })}>{ticket.number}</a>{' '}
      {ticket.category} <UrgencyBadge urgency={ticket.urgency} />
    </>
  );
}
