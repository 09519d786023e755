import { texts } from '../texts';
import { span } from '../times';
import type { Work } from '../types';
import { Table } from './Table';

/** What each agent did that day. */
export function AgentsTable({ agents }: { agents: Work[] }) {
  const columns = texts.figures.agentColumns;
  const time = (seconds: number | null) => (seconds === null ? texts.none : span(seconds));
  return (
    <section className="chart">
      <h3>{texts.figures.agents}</h3>
      {agents.length === 0 ? (
        <p className="soft">{texts.none}</p>
      ) : (
        <Table caption={texts.figures.agents} columns={columns}>
          {agents.map((one) => (
            <tr key={one.agent}>
              <td data-title={columns.name}>{one.name}</td>
              <td data-title={columns.taken}>{one.taken}</td>
              <td data-title={columns.closed}>{one.closed}</td>
              <td data-title={columns.firstAnswer}>{time(one.firstAnswer)}</td>
              <td data-title={columns.handling}>{time(one.handling)}</td>
              <td data-title={columns.solved}>{one.solved}</td>
              <td data-title={columns.unsolved}>{one.unsolved}</td>
              <td data-title={columns.rating}>{one.rating?.toFixed(1) ?? texts.none}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
