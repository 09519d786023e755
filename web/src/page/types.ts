// What the page and the server say to each other (channels/web/adapter.py is the other end).
import type { PictureLimits } from '../shared/picture';
import type { BaseMessage } from '../shared/types';

export interface Button {
  title: string;
  /** Opaque; only the server knows what it stands for. */
  token: string;
}

export interface Message extends BaseMessage {
  buttons: Button[];
  /** What the customer said of this answer; null: it is not asked. */
  feedback: 'open' | 'useful' | 'unhelpful' | null;
}

/** Why an answer was of no use. */
export type Reason = 'off' | 'unclear' | 'failed' | 'wrong';

/** Who answers now; the bot does while one waits, and after a message was left for a human. */
export interface Status {
  speaker: 'bot' | 'waiting' | 'left_message' | 'agent';
  /** Place in the queue, from 1, while waiting. */
  place: number | null;
  agent: string | null;
  /** A rating is asked for now. */
  rate: boolean;
  /** Whether a number for a call back is kept; null: none is taken now. */
  callback: boolean | null;
  /** When humans are there, while one is waited for. */
  hours: string | null;
}

/** What an older server does not tell is null, or empty. */
export interface Session {
  /** Another one than before: the session was lost. */
  conversation: string | null;
  messages: Message[];
  status: Status | null;
  limits: PictureLimits | null;
  /** The common questions, offered at any time. */
  questions: Button[];
  /** Hosts whose https addresses become links. */
  links: string[];
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

/** A picture of before the page was loaded again, which is not at hand: looked for, or gone. */
export interface MissingPicture {
  id: string;
  picture: null;
}

export const isMissing = (outgoing: Outgoing | MissingPicture): outgoing is MissingPicture =>
  'picture' in outgoing && outgoing.picture === null;
