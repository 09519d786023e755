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

export interface Picture {
  url: string;
  width: number;
  height: number;
}

export type Author = 'customer' | 'bot' | 'agent' | 'system';

export interface Message {
  id: string;
  /** Grows within a conversation; null: not recorded, or not known yet. */
  seq: number | null;
  from: Author;
  /** An agent's display name. */
  name: string | null;
  /** Plain text with line breaks, never HTML. May be empty beside a picture. */
  text: string;
  buttons: Button[];
  step: Step | null;
  picture: Picture | null;
  /** Unix seconds. */
  time: number;
}

/** Who answers now. */
export interface Status {
  speaker: 'bot' | 'waiting' | 'agent';
  /** Place in the queue, from 1, while waiting. */
  place: number | null;
  agent: string | null;
  /** A rating is asked for now. */
  rate: boolean;
}

export interface Limits {
  pictureBytes: number;
  pictureTypes: string[];
}

/** What an older server does not tell is null. */
export interface Session {
  messages: Message[];
  status: Status | null;
  limits: Limits | null;
}

export interface Typing {
  from: 'bot' | 'agent';
  on: boolean;
}

/** A customer's message on its way; the same id sent again counts once. */
export type Outgoing =
  | { id: string; text: string }
  | { id: string; button: string }
  | { id: string; picture: Blob };
