// What the console and the server say to each other (console/console.py is the other end).
import type { BaseMessage, Step } from '../shared/types';

export interface Person {
  id: number;
  name: string;
}

export interface Agent extends Person {
  login: string;
  role: 'agent' | 'lead';
  /** Categories; none means all. */
  skills: string[];
  available: boolean;
  online: boolean;
  /** Open tickets. */
  load: number;
}

export type Urgency = 'normal' | 'high' | 'urgent';
export type TicketStatus = 'waiting' | 'with_agent' | 'left_message' | 'closed' | 'cancelled';

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

export interface Note {
  id: number;
  agent: string;
  text: string;
  time: number;
}

export interface Context {
  procedure: string | null;
  step: Step | null;
  details: { title: string; value: string }[];
  words: string[];
}

/** How many messages the channel still lets us send, and until when. */
export interface Quota {
  left: number;
  until: number | null;
}

export interface Details {
  ticket: Ticket;
  context: Context;
  notes: Note[];
  earlier: Ticket[];
  quota: Quota | null;
}

export interface Reply {
  shortcut: string;
  title: string;
  text: string;
}

export interface Intent {
  name: string;
  title: string;
}

export interface Me {
  agent: Agent;
  categories: string[];
  intents: Intent[];
}

export type NoticeKind =
  | 'new_ticket'
  | 'reminder'
  | 'taken_away'
  | 'ended'
  | 'quota'
  | 'not_delivered'
  | 'not_sent'
  | 'channel_trouble';

export interface Notice {
  kind: NoticeKind;
  ticket: number | null;
  text: string;
}

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

/** In seconds; null: nothing to measure. */
export interface Spread {
  median: number | null;
  longest: number | null;
}

export interface Sentence {
  seq: number;
  text: string;
  time: number;
}

/** Sentences the bot did not understand, alike. */
export interface Group {
  sentences: Sentence[];
  guesses: Intent[];
}

export interface AuditEntry {
  id: number;
  time: number;
  agent: string;
  action: string;
  ticket: string | null;
  detail: string;
}
