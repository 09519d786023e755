// What the console and the server say to each other about sentences and versions
// (console/teaching.py, console/versions.py).

export interface Intent {
  name: string;
  title: string;
}

export type Why = 'corrected' | 'not_understood' | 'unhelpful' | 'handed_over' | 'needless';

export interface Sentence {
  seq: number;
  text: string;
  why: Why;
  /** What the assistant said to it. */
  answer: string;
  /** What the agent wrote who then helped. */
  summary: string;
}

export interface Group {
  sentences: Sentence[];
  guesses: Intent[];
}

export interface Near {
  text: string;
  intent: string;
  likeness: number;
  taught: boolean;
}

/** Words of new sentences that stand mostly out of scope, and in how many sentences there. */
export interface Claimed {
  word: string;
  outside: number;
}

export interface Nearest {
  near: Near[];
  words: Claimed[];
}

export interface Said {
  text: string;
  intent: string;
}

export interface Taught {
  taught: Said[];
  mustStay: Said[];
  intents: Intent[];
  categories: string[];
}

/** Texts with their intents; null takes one out. */
export type Changes = Record<string, string | null>;

export type Status = 'queued' | 'training' | 'ready' | 'failed' | 'gone';

export interface Regression {
  kind: 'must_stay' | 'watched' | 'inside' | 'outside' | 'conversations';
  intent: string;
  count: number;
}

export interface Version {
  id: number;
  agent: string;
  time: number;
  status: Status;
  stage: string;
  reason: string;
  /** Who called the training off; "" is nobody, or not known. */
  cancelledBy: string;
  sentences: number;
  regressions: Regression[];
  /** Seconds since 1970; 0 while it is not done. */
  finished: number;
}

export interface Release {
  version: number;
  agent: string;
  time: number;
  reason: string;
}

export interface Versions {
  versions: Version[];
  /** 0: the installed model. */
  live: number;
  releases: Release[];
  /** Taught since the newest version; "" is no longer. */
  waiting: Said[];
  intents: Intent[];
}

export interface Difference {
  text: string;
  wanted: string;
  live: string;
  now: string;
}

export interface Counted {
  of: number;
  live: number;
  now: number;
  misses: number;
  lost: Difference[];
  won: Difference[];
  wrong: Difference[];
}

/** A customer's message that both versions answer otherwise, in its conversation. */
export interface Changed extends Difference {
  /** What the customer said up to it, as the assistant heard it. */
  leading: string[];
}

/** A test that is a conversation, up to where it fails. */
export interface Failed {
  name: string;
  said: string[];
  reason: string;
  wrong: string;
  right: string;
}

export interface Played {
  of: number;
  live: number;
  now: number;
  /** Files that do not fit the content. */
  unfit: number;
  lost: Failed[];
  won: Failed[];
}

export interface Report {
  inside: Counted;
  outside: Counted;
  watched: (Counted & { intent: string })[];
  taught: Counted;
  mustStay: Counted;
  real: { of: number; changed: Changed[] };
  conversations: Played;
}

export interface Reading {
  name: string;
  confidence: number;
  atLeast: number;
  evidence: string;
}

export interface Turn {
  said: string;
  answers: { text: string; buttons: { title: string; payload: string }[] }[];
  intent: string;
  decided: string;
  ranking: { name: string; confidence: number }[];
  acts: { name: string; confidence: number }[];
  readings: Reading[];
}

export interface Trial {
  /** 0: the installed model. */
  version: number;
  turns: Turn[];
}
