// What the console and the server say to each other, as the pages use it. What is the same in the answers
// is taken from their description, console/openapi.yml.
import type { BaseMessage, Step } from '../shared/types';
import type { components } from './described';

type Schemas = components['schemas'];

export type Person = Schemas['Person'];
export type Agent = Schemas['Agent'];
export type Urgency = Schemas['Ticket']['urgency'];
export type TicketStatus = Schemas['TicketStatus'];

/** All times are Unix seconds. */
export interface Ticket {
  id: number;
  number: string;
  /** How people read the channel. */
  channel: string;
  /** Whether the channel's platform counts what we may send. */
  counted: boolean;
  status: TicketStatus;
  category: string;
  topic: string | null;
  urgency: Urgency;
  agent: Person | null;
  /** Whom it was transferred to. */
  wanted: Person | null;
  created: number;
  taken: number | null;
  closed: number | null;
  /** Since when it has its status. */
  changed: number;
  /** Seconds without an agent before that. */
  waited: number;
  customerLast: number | null;
  agentLast: number | null;
  lastText: string;
  /** Why the customer wants a human, or what the agent before noted. */
  reason: string;
  /** The customer's messages since the agent's last one. */
  unread: number;
  rating: { score: number; comment: string } | null;
}

export interface Queue {
  /** In order of service. */
  waiting: Ticket[];
  mine: Ticket[];
  others: Ticket[];
}

export interface Message extends BaseMessage {
  /** What the customer could press. */
  buttons: string[];
  /** The topic the bot took the customer's words for. */
  intent: string | null;
}

export type Note = Schemas['Note'];

export interface Context {
  procedure: string | null;
  step: Step | null;
  details: { title: string; value: string }[];
  words: string[];
}

export type Quota = Schemas['Quota'];

export interface Details {
  ticket: Ticket;
  context: Context;
  notes: Note[];
  earlier: Ticket[];
  quota: Quota | null;
}

export type Reply = Schemas['Reply'];
export type Intent = Schemas['Intent'];

export interface Me {
  agent: Agent;
  categories: string[];
  intents: Intent[];
}

export type Notice = Schemas['Notice'];
export type NoticeKind = Notice['kind'];

export interface Count {
  title: string;
  count: number;
}

export interface Hour {
  hour: number;
  messages: number;
  handedOver: number;
}

export interface Figures {
  day: string;
  messages: number;
  conversations: number;
  solvedByBot: number;
  handedOver: number;
  why: Count[];
  waiting: Spread;
  handling: Spread;
  ratings: { average: number | null; counts: number[] };
  topics: Count[];
  unanswered: number;
  hours: Hour[];
}

export type Spread = Schemas['Spread'];
export type AuditEntry = Schemas['AuditEntry'];
