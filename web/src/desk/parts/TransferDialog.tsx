import { useState } from 'react';
import type { FormEvent } from 'react';
import { fetchAgents } from '../api';
import { sentenceOf } from '../http';
import { canTake } from '../queue';
import { useDesk } from '../store';
import { texts } from '../texts';
import { transfer } from '../tickets';
import type { Agent, Ticket } from '../types';
import { useLoad } from '../useLoad';
import { CategoryField } from './CategoryField';
import { Dialog } from './Dialog';

const QUEUE = '';

interface Props {
  ticket: Ticket;
  onClose: () => void;
}

/** To another agent, or back into the queue; of a customer who waits, who is to take them. */
export function TransferDialog({ ticket, onClose }: Props) {
  const me = useDesk((state) => state.me);
  const { value: agents, problem: noAgents } = useLoad(fetchAgents);
  const [to, setTo] = useState(ticket.wanted ? String(ticket.wanted.id) : QUEUE);
  const [category, setCategory] = useState(ticket.category);
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const isWaiting = canTake(ticket);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending) return;
    setSending(true);
    setProblem(null);
    try {
      await transfer(ticket, {
        to: to === QUEUE ? null : Number(to),
        ...(category !== ticket.category && { category }),
        ...(note.trim() && { note: note.trim() }),
      });
      onClose();
    } catch (error) {
      setProblem(sentenceOf(error));
      setSending(false);
    }
  };

  return (
    <Dialog
      title={isWaiting ? texts.transfer.titleWaiting(ticket.number) : texts.transfer.title(ticket.number)}
      onClose={onClose}
    >
      <form className="form" onSubmit={(event) => void submit(event)}>
        <label>
          {texts.transfer.to}
          <select data-first value={to} onChange={(event) => setTo(event.target.value)}>
            <option value={QUEUE}>{isWaiting ? texts.transfer.anybody : texts.transfer.queue}</option>
            {others(agents, me?.agent.id).map((agent) => (
              <option key={agent.id} value={agent.id}>
                {isThere(agent)
                  ? texts.transfer.agent(agent.name, agent.load)
                  : texts.transfer.away(agent.name)}
              </option>
            ))}
          </select>
        </label>
        <CategoryField
          label={texts.transfer.category}
          current={ticket.category}
          value={category}
          onChange={setCategory}
        />
        <label>
          {texts.transfer.note}
          <textarea rows={3} value={note} onChange={(event) => setNote(event.target.value)} />
        </label>
        <p className="form-problem" role="alert">
          {problem ?? noAgents}
        </p>
        <div className="form-actions">
          <button type="button" className="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button type="submit" className="button button--main" aria-disabled={isSending}>
            {isWaiting ? texts.transfer.submitWaiting : texts.transfer.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const isThere = (agent: Agent): boolean => agent.available && agent.online;

/** Those who can take it at once first, the least busy on top. */
function others(agents: Agent[] | null, me: number | undefined): Agent[] {
  return (agents ?? [])
    .filter(({ id }) => id !== me)
    .sort((a, b) => Number(isThere(b)) - Number(isThere(a)) || a.load - b.load);
}
