// What arrives is checked, so that one odd message cannot blank the page, and an older server that
// does not know a field yet is understood.
import type { Author, Button, Limits, Message, Picture, Session, Status, Step, Typing } from './types';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isButton(value: unknown): value is Button {
  return isRecord(value) && typeof value.title === 'string' && typeof value.token === 'string';
}

function isStep(value: unknown): value is Step {
  return (
    isRecord(value) &&
    typeof value.procedure === 'string' &&
    typeof value.title === 'string' &&
    Number.isInteger(value.index) &&
    Number.isInteger(value.total)
  );
}

function isPicture(value: unknown): value is Picture {
  return (
    isRecord(value) &&
    typeof value.url === 'string' &&
    // Never anything from a foreign server.
    value.url.startsWith('/api/pictures/') &&
    typeof value.width === 'number' &&
    typeof value.height === 'number'
  );
}

const AUTHORS: readonly unknown[] = ['customer', 'bot', 'agent', 'system'] satisfies Author[];

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value.trim() ? value.trim() : null;
}

function integerOrNull(value: unknown): number | null {
  return Number.isInteger(value) ? (value as number) : null;
}

/** Read one message; a list of none if it is not one. */
export function toMessage(value: unknown): Message[] {
  if (!isRecord(value) || typeof value.id !== 'string' || !AUTHORS.includes(value.from)) return [];
  return [
    {
      id: value.id,
      seq: integerOrNull(value.seq),
      from: value.from as Author,
      name: textOrNull(value.name),
      text: typeof value.text === 'string' ? value.text : '',
      buttons: Array.isArray(value.buttons) ? value.buttons.filter(isButton) : [],
      step: isStep(value.step) ? value.step : null,
      picture: isPicture(value.picture) ? value.picture : null,
      time: typeof value.time === 'number' ? value.time : Date.now() / 1000,
    },
  ];
}

const SPEAKERS: readonly unknown[] = ['bot', 'waiting', 'agent'] satisfies Status['speaker'][];

export function toStatus(value: unknown): Status | null {
  if (!isRecord(value) || !SPEAKERS.includes(value.speaker)) return null;
  return {
    speaker: value.speaker as Status['speaker'],
    place: integerOrNull(value.place),
    agent: textOrNull(value.agent),
    rate: value.rate === true,
  };
}

export function toTyping(value: unknown): Typing | null {
  if (!isRecord(value) || (value.from !== 'bot' && value.from !== 'agent')) return null;
  return { from: value.from, on: value.on === true };
}

function toLimits(value: unknown): Limits | null {
  if (!isRecord(value)) return null;
  const { picture_bytes: bytes, picture_types: types } = value;
  if (typeof bytes !== 'number' || !Array.isArray(types)) return null;
  return {
    pictureBytes: bytes,
    pictureTypes: types.filter((type): type is string => typeof type === 'string'),
  };
}

/** Read an answer with messages; null if it is not one. */
export function toSession(value: unknown): Session | null {
  if (!isRecord(value) || !Array.isArray(value.messages)) return null;
  return {
    messages: value.messages.flatMap(toMessage),
    status: toStatus(value.status),
    limits: toLimits(value.limits),
  };
}
