// What the server tells both pages in the same way. All times are Unix seconds.

export type Author = 'customer' | 'bot' | 'agent' | 'system';

export interface Step {
  /** Title of the procedure, e.g. 申请退款. */
  procedure: string;
  /** From 1. */
  index: number;
  total: number;
  title: string;
}

export interface Picture {
  url: string;
  width: number;
  height: number;
}

/** A message, apart from what only one of the pages is told. */
export interface BaseMessage {
  id: string;
  /** Grows within a conversation; null: not recorded, or not known yet. */
  seq: number | null;
  from: Author;
  /** An agent's display name. */
  name: string | null;
  /** Plain text with line breaks, never HTML. May be empty beside a picture. */
  text: string;
  step: Step | null;
  picture: Picture | null;
  time: number;
}

/** How far a message has come that was written here. Held: it goes out by itself in a while. */
export type Delivery = 'sending' | 'held' | 'sent' | 'failed';
