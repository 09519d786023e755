// What arrives is checked; an older server that does not know a field yet is understood.
import type { PictureLimits } from '../shared/picture';
import { fields, isText, list, numberOrNull, oneOf, textOrNull, texts, toBaseMessage } from '../shared/reading';
import type { Button, Message, Session, Status, Typing } from './types';

function toButton(value: unknown): Button | null {
  const { title, token } = fields(value);
  return isText(title) && isText(token) ? { title, token } : null;
}

const FEEDBACK = ['open', 'useful', 'unhelpful'] as const;

/** Read one message; null if it is not one, or nobody's that customers are to see. */
export function toMessage(value: unknown): Message | null {
  const message = toBaseMessage(value, '/api/pictures/', null);
  const { buttons, feedback } = fields(value);
  return (
    message && {
      ...message,
      buttons: list(buttons, toButton),
      feedback: oneOf(feedback, FEEDBACK, null),
    }
  );
}

const SPEAKERS: readonly Status['speaker'][] = ['bot', 'waiting', 'left_message', 'agent'];

export function toStatus(value: unknown): Status | null {
  const it = fields(value);
  const speaker = oneOf(it.speaker, SPEAKERS, null);
  if (speaker === null) return null;
  return {
    speaker,
    place: numberOrNull(it.place),
    agent: textOrNull(it.agent),
    rate: it.rate === true,
    callback: typeof it.callback === 'boolean' ? it.callback : null,
    hours: textOrNull(it.hours),
  };
}

export function toTyping(value: unknown): Typing | null {
  const { from, on } = fields(value);
  return from === 'bot' || from === 'agent' ? { from, on: on === true } : null;
}

function toLimits(value: unknown): PictureLimits | null {
  const { picture_bytes: pictureBytes, picture_types: types } = fields(value);
  if (typeof pictureBytes !== 'number' || !Array.isArray(types)) return null;
  return { pictureBytes, pictureTypes: texts(types) };
}

/** Read an answer with messages; null if it is not one. */
export function toSession(value: unknown): Session | null {
  const { conversation, messages, status, limits, questions, links } = fields(value);
  if (!Array.isArray(messages)) return null;
  return {
    conversation: textOrNull(conversation),
    messages: list(messages, toMessage),
    status: toStatus(status),
    limits: toLimits(limits),
    questions: list(questions, toButton),
    links: texts(links),
  };
}
