// What the console and the server say to each other about sentences and versions
// (console/teaching.py, console/versions.py).

export interface Intent {
  name: string;
  title: string;
}

export type Why = 'corrected' | 'not_understood' | 'unhelpful' | 'handed_over';

export interface Sentence {
  seq: number;
  text: string;
  why: Why;
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
  kind: 'must_stay' | 'watched' | 'inside' | 'outside';
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
  sentences: number;
  regressions: Regression[];
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

export interface Report {
  inside: Counted;
  outside: Counted;
  watched: (Counted & { intent: string })[];
  taught: Counted;
  mustStay: Counted;
  real: { of: number; changed: Difference[] };
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
