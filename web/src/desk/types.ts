// What the console and the server say to each other, as the pages use it. What is the same in the answers
// is taken from their description, console/openapi.yml.
import type { BaseMessage, Step } from '../shared/types';
import type { components } from './described';

type Schemas = components['schemas'];

export type Person = Schemas['Person'];
export type Agent = Schemas['Agent'];
export type Account = Agent & { locked: boolean };
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
  /** Since when the customer waits for the agent's answer; null: they have it. */
  asksSince: number | null;
  lastText: string;
  /** The agent who said it; null: the customer, or nobody. */
  lastName: string | null;
  /** Why the customer wants a human, or what the agent before noted. */
  reason: string;
  /** The procedure and the step that the customer is at. */
  doing: string | null;
  /** Whether the customer's page is open; null: nobody knows. */
  present: boolean | null;
  /** The agent to whom it was given has not looked at it yet. */
  given: boolean;
  /** The customer's messages since the agent's last one. */
  unread: number;
  rating: { score: number; comment: string } | null;
  /** The customer left a number for a call back. */
  callback: boolean;
  /** What the agent said of it at the end. */
  summary: string | null;
  solved: boolean | null;
  needless: boolean | null;
}

/** What an agent says of a ticket at its end. */
export type Ending = Schemas['Closing'];

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
  /** What the customer said of this answer; null: nothing. */
  useful: boolean | null;
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
  /** For a call back; only while the ticket is ours. */
  phone: string | null;
  /** What the embedding app told. */
  profile: { title: string; value: string; signed: boolean }[];
  /** What the closing dialog begins with; `before` is a ticket that ended in the day before. */
  closing: { summary: string; before: Ticket | null };
}

export type Reply = Schemas['Reply'];
/** What could be replied now. */
export type Suggestion = { title: string; text: string };
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
  botAlone: number;
  handedOver: number;
  why: Count[];
  waiting: Spread;
  handling: Spread;
  firstAnswer: Spread;
  closed: Ends;
  feedback: { useful: number; unhelpful: number };
  agents: Work[];
  ratings: { average: number | null; counts: number[] };
  topics: Count[];
  unanswered: number;
  hours: Hour[];
}

export type Spread = Schemas['Spread'];

/** What agents said of the tickets that ended. */
export interface Ends {
  solved: number;
  unsolved: number;
  unsaid: number;
  cameBack: number;
}

/** What one agent did; times are medians in seconds. */
export interface Work {
  agent: number;
  name: string;
  taken: number;
  closed: number;
  firstAnswer: number | null;
  handling: number | null;
  solved: number;
  unsolved: number;
  rating: number | null;
}

/** A conversation that the bot had alone. */
export type Talk = Schemas['Talks']['conversations'][number];

/** A topic's answers as customers judged them. */
export type JudgedTopic = Schemas['JudgedTopics']['topics'][number];

/** The figures of some days. */
export interface Span {
  useful: number;
  unhelpful: number;
  begin: string;
  end: string;
  conversations: number;
  handedOver: number;
  botAlone: number;
  unanswered: number;
  waiting: number | null;
  firstAnswer: number | null;
  handling: number | null;
  solved: number;
  unsolved: number;
  rating: number | null;
}
export type AuditEntry = Schemas['AuditEntry'];
