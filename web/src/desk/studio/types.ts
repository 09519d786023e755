// What the console and the server say to each other about the content (console/content.py).
import type { Path } from './data';

/** A part of content/schema.yml: JSON Schema, with what forms need besides (`x-…`, see there). */
export interface Rules {
  $ref?: string;
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, Rules>;
  required?: string[];
  additionalProperties?: Rules | false;
  items?: Rules;
  oneOf?: Rules[];
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  definitions?: Record<string, Rules>;
  'x-lines'?: boolean;
  'x-choices'?: string;
  'x-keys'?: string;
  'x-advanced'?: boolean;
  'x-entry'?: string;
  'x-labels'?: Record<string, string>;
  'x-placeholders'?: string[];
}

export interface Choice {
  name: string;
  title: string;
}

export interface Problem {
  file: string;
  line: number;
  path: Path;
  reason: string;
}

export interface Edit {
  id: number;
  document: string;
  agent: string;
  time: number;
  /** The edit that this one takes back. */
  undoes: number | null;
  summary: string;
}

export interface Listed {
  name: string;
  title: string;
  /** A topic's category. */
  group: string;
  last: Edit | null;
  /** Whether the file was changed outside of the console since. */
  byHand: boolean;
  problems: number;
}

export interface Section {
  title: string;
  keys: string[];
}

export interface Opened {
  name: string;
  file: string;
  version: string;
  /** null: the file is broken. */
  data: unknown;
  problems: Problem[];
  last: Edit | null;
  byHand: boolean;
  sections: Section[];
}

export interface Form {
  document: Opened;
  schema: Rules;
  choices: Record<string, Choice[]>;
  /** What customers say, where a part answers it. */
  examples: { path: Path; sentences: string[] }[];
}

export interface Found {
  document: string;
  title: string;
  path: Path;
  label: string;
  excerpt: string;
}

export interface PlatformMessage {
  text: string;
  options: string[];
}

export interface Shown {
  problems: Problem[];
  /** As the chat page reads messages. */
  page: unknown[];
  platforms: { name: string; title: string; messages: PlatformMessage[] }[];
}

export interface Difference {
  label: string;
  before: unknown;
  after: unknown;
}

/** The file was changed since it was opened. */
export interface Conflict {
  document: Opened;
  merged: unknown;
  conflicts: Path[];
}
