// The server's API, one function for each thing one can ask of it.
import { ApiError } from '../shared/http';
import { fields, list, text } from '../shared/reading';
import type { operations } from './described';
import { get, post } from './http';
import {
  toAccount,
  toAgent,
  toAuditEntry,
  toDetails,
  toFigures,
  toJudgedTopic,
  toMe,
  toMessages,
  toNote,
  toQueue,
  toReply,
  toSpan,
  toSuggestion,
  toTalk,
  toTicket,
} from './reading';
import { texts } from './texts';
import type { Account, Agent, AuditEntry, Details, Ending, Figures, JudgedTopic, Me, Message, Note, Queue, Reply, Span, Suggestion, Talk, Ticket } from './types';

/** A photo over a slow network takes its time. */
const PICTURE_TIMEOUT_MS = 120_000;

/** What cannot be read at all is the server's fault. */
function sure<T>(value: T | null): T {
  if (value === null) throw new ApiError(texts.problem.server, 500);
  return value;
}

/** What is sent with an operation of console/openapi.yml. */
type Body<Name extends keyof operations> = operations[Name] extends {
  requestBody: { content: { 'application/json': infer Json } };
}
  ? Json
  : never;

function field(answer: unknown, name: string): unknown {
  return fields(answer)[name];
}

export async function login(name: string, password: string): Promise<void> {
  const json: Body<'logIn'> = { login: name, password };
  await post('login', { json });
}

export async function logout(): Promise<void> {
  await post('logout');
}

export async function fetchMe(): Promise<Me> {
  return sure(toMe(await get('me')));
}

/** A sign of life: without one the server takes us for gone, and gives our customers to others. */
export async function sayHere(): Promise<void> {
  await post('here');
}

export async function setAvailable(available: boolean): Promise<Agent> {
  const json: Body<'setAvailable'> = { available };
  return sure(toAgent(field(await post('available', { json }), 'agent')));
}

export async function fetchAgents(): Promise<Agent[]> {
  return list(field(await get('agents'), 'agents'), toAgent);
}

export async function fetchReplies(): Promise<Reply[]> {
  return list(field(await get('replies'), 'replies'), toReply);
}

export async function fetchQueue(): Promise<Queue> {
  return sure(toQueue(await get('queue')));
}

export async function searchTickets(q: string, status: string, before?: number): Promise<Ticket[]> {
  const query = new URLSearchParams({ q });
  if (status) query.set('status', status);
  if (before !== undefined) query.set('before', String(before));
  return list(field(await get(`tickets?${query.toString()}`), 'tickets'), toTicket);
}

export async function fetchTicket(id: number): Promise<{ details: Details; messages: Message[] }> {
  return sure(toDetails(await get(`tickets/${id}`)));
}

export async function fetchMessagesBefore(id: number, seq: number): Promise<Message[]> {
  return toMessages(await get(`tickets/${id}/messages?before=${seq}`));
}

export async function takeTicket(id: number): Promise<Ticket> {
  return sure(toTicket(field(await post(`tickets/${id}/take`), 'ticket')));
}

export async function takeOverTicket(id: number): Promise<Ticket> {
  return sure(toTicket(field(await post(`tickets/${id}/take-over`), 'ticket')));
}

export type Transfer = Body<'transfer'>;

export async function transferTicket(id: number, transfer: Transfer): Promise<Ticket> {
  const answer = await post(`tickets/${id}/transfer`, { json: transfer });
  return sure(toTicket(field(answer, 'ticket')));
}

export async function closeTicket(id: number, json: Ending): Promise<Ticket> {
  return sure(toTicket(field(await post(`tickets/${id}/close`, { json }), 'ticket')));
}

/** Say something else of a ticket that has ended. */
export async function concludeTicket(id: number, json: Ending): Promise<Ticket> {
  return sure(toTicket(field(await post(`tickets/${id}/closing`, { json }), 'ticket')));
}

/** The same message id sent again counts once. */
export async function sendText(ticket: number, id: string, text: string): Promise<Message[]> {
  const json: Body<'say'> = { id, text };
  return toMessages(await post(`tickets/${ticket}/messages`, { json }));
}

export async function sendPicture(ticket: number, id: string, picture: Blob): Promise<Message[]> {
  const path = `tickets/${ticket}/pictures?id=${encodeURIComponent(id)}`;
  return toMessages(await post(path, { blob: picture, timeout: PICTURE_TIMEOUT_MS }));
}

/** Take a message back; returns what stands in its place. */
export async function recallMessage(ticket: number, id: string): Promise<Message[]> {
  const json: Body<'recall'> = { id };
  return toMessages(await post(`tickets/${ticket}/recall`, { json }));
}

export async function fetchSuggestions(ticket: number): Promise<Suggestion[]> {
  return list(field(await get(`tickets/${ticket}/suggestions`), 'suggestions'), toSuggestion);
}

export async function sendTyping(ticket: number, on: boolean): Promise<void> {
  const json: Body<'typing'> = { on };
  await post(`tickets/${ticket}/typing`, { json });
}

export async function addNote(ticket: number, text: string): Promise<Note> {
  const json: Body<'addNote'> = { text };
  return sure(toNote(field(await post(`tickets/${ticket}/notes`, { json }), 'note')));
}

// ---- For leads

/** null: today, where the desk is. */
export async function fetchFigures(day: string | null): Promise<Figures> {
  return sure(toFigures(await get(day ? `figures?day=${day}` : 'figures')));
}

export async function fetchTrends(by: 'day' | 'week'): Promise<Span[]> {
  return list(field(await get(`trends?by=${by}`), 'spans'), toSpan);
}

export async function fetchTalks(topic: string, kind: string, before?: number): Promise<Talk[]> {
  const query = new URLSearchParams();
  if (topic) query.set('topic', topic);
  if (kind) query.set('kind', kind);
  if (before !== undefined) query.set('before', String(before));
  return list(field(await get(`conversations?${query.toString()}`), 'conversations'), toTalk);
}

export async function fetchTalk(id: number): Promise<Message[]> {
  return toMessages(await get(`conversations/${id}/messages`));
}

export async function fetchJudged(days: number): Promise<JudgedTopic[]> {
  return list(field(await get(`judged?days=${days}`), 'topics'), toJudgedTopic);
}

export interface AuditFilter {
  agent: string;
  action: string;
  ticket: string;
  day: string;
}

export async function fetchAudit(filter: AuditFilter, before?: number): Promise<AuditEntry[]> {
  const given = Object.entries(filter).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given as [string, string][]);
  if (before !== undefined) query.set('before', String(before));
  return list(field(await get(`audit?${query.toString()}`), 'entries'), toAuditEntry);
}

export async function fetchAccounts(): Promise<Account[]> {
  return list(field(await get('accounts'), 'accounts'), toAccount);
}

export type NewAccount = Body<'makeAccount'>;
export type AccountChange = Body<'changeAccount'>;

/** Returns the password, which is told only now. */
export async function makeAccount(json: NewAccount): Promise<string> {
  return text(field(await post('accounts', { json }), 'password'));
}

export async function changeAccount(id: number, json: AccountChange): Promise<Account> {
  return sure(toAccount(field(await post(`accounts/${id}`, { json }), 'account')));
}

export async function resetPassword(id: number): Promise<string> {
  return text(field(await post(`accounts/${id}/password`), 'password'));
}
