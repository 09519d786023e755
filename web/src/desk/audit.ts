// The log is written for programs; leads read it in their own words.
import { texts } from './texts';
import type { Agent, AuditEntry, Intent } from './types';

export interface Names {
  agents: Agent[];
  intents: Intent[];
}

/** An agent by the name that colleagues know. */
export function whoDid({ agent }: AuditEntry, { agents }: Names): string {
  return agents.find(({ login }) => login === agent)?.name ?? texts.audit.agent(agent);
}

/** What more there is to say. What is not known here is shown as it is. */
export function detailOf({ action, detail }: AuditEntry, { agents, intents }: Names): string {
  if (action === 'transfer') {
    if (detail === 'to the queue') return texts.audit.toQueue;
    const id = /^to (\d+)$/.exec(detail)?.[1];
    const agent = agents.find((one) => String(one.id) === id);
    return agent ? texts.audit.toAgent(agent.name) : detail;
  }
  if (action === 'take_over' || action === 'release') {
    const agent = agents.find((one) => `from ${one.id}` === detail);
    return agent ? texts.audit.fromAgent(agent.name) : detail;
  }
  const forAgent = agents.find((one) => `for ${one.id}` === detail);
  if (forAgent) return texts.audit.forAgent(forAgent.name);
  if (action === 'label') {
    const [, count, name] = /^(\d+) sentences: (.*)$/.exec(detail) ?? [];
    if (!count) return detail;
    const intent = intents.find((one) => one.name === name);
    return texts.audit.labelled(count, intent?.title ?? texts.audit.none);
  }
  if (action === 'undo label') {
    const count = /^(\d+) sentences$/.exec(detail)?.[1];
    return count ? texts.audit.sentences(count) : detail;
  }
  if (action === 'edit content' || action === 'undo content') {
    const [, document = '', parts = ''] = /^([^:]+): (.*)$/s.exec(detail) ?? [];
    if (!document) return detail;
    const topic = intents.find((one) => one.name === document)?.title;
    // Parts of it without a title have a name for programs.
    return `${topic || texts.audit.document(document)}：${parts}`;
  }
  if (action === 'train version' || action === 'cancel training' || action === 'publish version') {
    const [, number = '', why = ''] = /^(\d+)(.*)$/.exec(detail) ?? [];
    return texts.audit.version(Number(number), why);
  }
  if (action === 'close' || action === 'conclude') return texts.audit.ended(detail);
  return action === 'export' ? texts.audit.exported(detail) : detail;
}
