// What the page and the server say to each other (channels/web is the other end).

export interface Button {
  title: string;
  /** Opaque; only the server knows what it stands for. */
  token: string;
}

export interface Step {
  /** Title of the procedure, e.g. 申请退款. */
  procedure: string;
  /** From 1. */
  index: number;
  total: number;
  title: string;
}

export type Author = 'customer' | 'bot' | 'agent' | 'system';

export interface Message {
  id: string;
  from: Author;
  /** Plain text with line breaks, never HTML. */
  text: string;
  buttons: Button[];
  step: Step | null;
  /** Unix seconds. */
  time: number;
}

/** A customer's message on its way; the same id sent again counts once. */
export type Outgoing = { id: string; text: string } | { id: string; button: string };
