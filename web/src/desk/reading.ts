// What arrives is checked, so that one odd field cannot blank the console in the middle of a talk.
// The names of fields are those of console/openapi.yml.
import {
  fields,
  isText,
  list,
  numberOr,
  numberOrNull,
  oneOf,
  text,
  textOrNull,
  texts,
  toBaseMessage,
  toStep,
} from '../shared/reading';
import type { components } from './described';
import type {
  Account,
  Agent,
  AuditEntry,
  Context,
  Count,
  Details,
  Ends,
  Figures,
  Hour,
  Intent,
  JudgedTopic,
  Me,
  Message,
  Note,
  Notice,
  NoticeKind,
  Person,
  Queue,
  Quota,
  Reply,
  Span,
  Spread,
  Suggestion,
  Talk,
  Ticket,
  TicketStatus,
  Urgency,
  Work,
} from './types';

type Schemas = components['schemas'];

export function toPerson(value: unknown): Person | null {
  const { id, name } = fields<Schemas['Person']>(value);
  return typeof id === 'number' ? { id, name: text(name) } : null;
}

export function toAgent(value: unknown): Agent | null {
  const person = toPerson(value);
  if (!person) return null;
  const { login, role, skills, available, online, load } = fields<Schemas['Agent']>(value);
  return {
    ...person,
    login: text(login),
    role: oneOf(role, ['agent', 'lead'], 'agent'),
    skills: texts(skills),
    available: available === true,
    online: online === true,
    load: numberOr(load, 0),
  };
}

export function toAccount(value: unknown): Account | null {
  const agent = toAgent(value);
  return agent && { ...agent, locked: fields<Schemas['Account']>(value).locked === true };
}

const STATUSES: readonly TicketStatus[] = ['waiting', 'with_agent', 'left_message', 'closed', 'cancelled'];
const URGENCIES: readonly Urgency[] = ['normal', 'high', 'urgent'];

export function toTicket(value: unknown): Ticket | null {
  const it = fields<Schemas['Ticket']>(value);
  if (typeof it.id !== 'number') return null;
  const rating = fields<NonNullable<Schemas['Ticket']['rating']>>(it.rating);
  return {
    id: it.id,
    number: text(it.number),
    channel: text(it.channel_title) || text(it.channel),
    counted: it.counted === true,
    // Of an unknown kind: nothing that could be written into.
    status: oneOf(it.status, STATUSES, 'closed'),
    category: text(it.category),
    topic: textOrNull(it.topic),
    urgency: oneOf(it.urgency, URGENCIES, 'normal'),
    agent: toPerson(it.agent),
    wanted: toPerson(it.wanted),
    created: numberOr(it.created, 0),
    taken: numberOrNull(it.taken),
    closed: numberOrNull(it.closed),
    changed: numberOr(it.changed, numberOr(it.created, 0)),
    waited: numberOr(it.waited, 0),
    customerLast: numberOrNull(it.customer_last),
    agentLast: numberOrNull(it.agent_last),
    asksSince: numberOrNull(it.asks_since),
    lastText: text(it.last_text),
    lastName: textOrNull(it.last_name),
    reason: text(it.reason),
    doing: textOrNull(it.doing),
    present: booleanOrNull(it.present),
    given: it.given === true,
    unread: numberOr(it.unread, 0),
    rating:
      typeof rating.score === 'number'
        ? { score: rating.score, comment: text(rating.comment) }
        : null,
    callback: it.callback === true,
    summary: textOrNull(it.summary),
    solved: booleanOrNull(it.solved),
    needless: booleanOrNull(it.needless),
  };
}

const booleanOrNull = (value: unknown): boolean | null =>
  typeof value === 'boolean' ? value : null;

export function toQueue(value: unknown): Queue | null {
  const { waiting, mine, others } = fields<Schemas['Queue']>(value);
  if (!Array.isArray(waiting)) return null;
  return {
    waiting: list(waiting, toTicket),
    // In the order of taking: their Alt numbers must not change under the agent's fingers.
    mine: list(mine, toTicket).sort((a, b) => (a.taken ?? 0) - (b.taken ?? 0)),
    others: list(others, toTicket),
  };
}

export function toMessage(value: unknown): Message | null {
  // Agents see everything, whoever said it.
  const message = toBaseMessage(value, '/desk/api/pictures/', 'system');
  const { buttons, intent, useful } = fields<Schemas['Message']>(value);
  return (
    message && {
      ...message,
      buttons: list(buttons, (one) => textOrNull(fields<Schemas['Message']['buttons'][number]>(one).title)),
      intent: textOrNull(intent),
      useful: booleanOrNull(useful),
    }
  );
}

export function toMessages(value: unknown): Message[] {
  return list(fields<Schemas['Messages']>(value).messages, toMessage);
}

export function toNote(value: unknown): Note | null {
  const it = fields<Schemas['Note']>(value);
  if (typeof it.id !== 'number') return null;
  return { id: it.id, agent: text(it.agent), text: text(it.text), time: numberOr(it.time, 0) };
}

function toContext(value: unknown): Context {
  const it = fields<Schemas['Context']>(value);
  return {
    procedure: textOrNull(it.procedure),
    step: toStep(it.step),
    details: list(it.details, (one) => {
      const { title, value: said } = fields<Schemas['Context']['details'][number]>(one);
      return isText(title) ? { title, value: text(said) } : null;
    }),
    words: texts(it.words),
  };
}

function toQuota(value: unknown): Quota | null {
  const { left, until } = fields<Schemas['Quota']>(value);
  return typeof left === 'number' ? { left, until: numberOrNull(until) } : null;
}

function toClosing(value: unknown): Details['closing'] {
  const { summary, before } = fields<Schemas['Details']['closing']>(value);
  return { summary: text(summary), before: toTicket(before) };
}

/** Everything about one ticket, and the end of its conversation. */
export function toDetails(value: unknown): { details: Details; messages: Message[] } | null {
  const it = fields<Schemas['Details']>(value);
  const ticket = toTicket(it.ticket);
  if (!ticket) return null;
  return {
    details: {
      ticket,
      context: toContext(it.context),
      notes: list(it.notes, toNote),
      earlier: list(it.earlier, toTicket),
      phone: textOrNull(it.phone),
      profile: list(it.profile, (one) => {
        const { title, value, signed } = fields<Schemas['Details']['profile'][number]>(one);
        return isText(title) ? { title, value: text(value), signed: signed === true } : null;
      }),
      quota: toQuota(it.quota),
      closing: toClosing(it.closing),
    },
    messages: toMessages(value),
  };
}

export function toReply(value: unknown): Reply | null {
  const it = fields<Schemas['Reply']>(value);
  if (!isText(it.text)) return null;
  // Written with or without the slash that calls them.
  return { shortcut: text(it.shortcut).replace(/^\//, ''), title: text(it.title), text: it.text };
}

export function toSuggestion(value: unknown): Suggestion | null {
  const it = fields<Suggestion>(value);
  return isText(it.text) ? { title: text(it.title), text: it.text } : null;
}

export function toIntent(value: unknown): Intent | null {
  const { name, title } = fields<Schemas['Intent']>(value);
  return isText(name) ? { name, title: textOrNull(title) ?? name } : null;
}

export function toMe(value: unknown): Me | null {
  const it = fields<Schemas['Me']>(value);
  const agent = toAgent(it.agent);
  if (!agent) return null;
  return { agent, categories: texts(it.categories), intents: list(it.intents, toIntent) };
}

const KINDS: readonly NoticeKind[] = [
  'new_ticket',
  'reminder',
  'taken_away',
  'taken_over',
  'moved_away',
  'whisper',
  'passed_on',
  'given',
  'set_away',
  'ended',
  'quota',
  'not_delivered',
  'not_sent',
  'channel_trouble',
];

export function toNotice(value: unknown): Notice | null {
  const it = fields<Schemas['Notice']>(value);
  if (!isText(it.text)) return null;
  return { kind: oneOf(it.kind, KINDS, 'reminder'), ticket: numberOrNull(it.ticket), text: it.text };
}

type Why = Schemas['Figures']['why'][number];
type Topic = Schemas['Figures']['topics'][number];

function toCount(value: unknown): Count | null {
  const { title, category, count } = fields<Why & Topic>(value);
  const name = textOrNull(title) ?? textOrNull(category);
  return name ? { title: name, count: numberOr(count, 0) } : null;
}

function toSpread(value: unknown): Spread {
  const { median, longest } = fields<Schemas['Spread']>(value);
  return { median: numberOrNull(median), longest: numberOrNull(longest) };
}

function toHour(value: unknown): Hour | null {
  const { hour, messages, handed_over } = fields<Schemas['Figures']['hours'][number]>(value);
  if (typeof hour !== 'number') return null;
  return { hour, messages: numberOr(messages, 0), handedOver: numberOr(handed_over, 0) };
}

export function toFigures(value: unknown): Figures | null {
  const it = fields<Schemas['Figures']>(value);
  if (!isText(it.day)) return null;
  const { average, counts } = fields<Schemas['Figures']['ratings']>(it.ratings);
  return {
    day: it.day,
    messages: numberOr(it.messages, 0),
    conversations: numberOr(it.conversations, 0),
    botAlone: numberOr(it.bot_alone, 0),
    handedOver: numberOr(it.handed_over, 0),
    why: list(it.why, toCount),
    waiting: toSpread(it.waiting),
    firstAnswer: toSpread(it.first_answer),
    closed: toEnds(it.closed),
    feedback: toFeedback(it.feedback),
    agents: list(it.agents, toWork),
    handling: toSpread(it.handling),
    ratings: { average: numberOrNull(average), counts: list(counts, (one) => numberOr(one, 0)) },
    topics: list(it.topics, toCount),
    unanswered: numberOr(it.unanswered, 0),
    hours: list(it.hours, toHour),
  };
}

function toEnds(value: unknown): Ends {
  const it = fields<Schemas['Ends']>(value);
  return {
    solved: numberOr(it.solved, 0),
    unsolved: numberOr(it.unsolved, 0),
    unsaid: numberOr(it.unsaid, 0),
    cameBack: numberOr(it.came_back, 0),
  };
}

function toFeedback(value: unknown): Figures['feedback'] {
  const { useful, unhelpful } = fields<Schemas['Feedback']>(value);
  return { useful: numberOr(useful, 0), unhelpful: numberOr(unhelpful, 0) };
}

export function toTalk(value: unknown): Talk | null {
  const it = fields<Talk>(value);
  if (typeof it.id !== 'number') return null;
  return {
    id: it.id,
    channel: text(it.channel),
    began: numberOr(it.began, 0),
    ended: numberOr(it.ended, 0),
    count: numberOr(it.count, 0),
    said: text(it.said),
  };
}

export function toJudgedTopic(value: unknown): JudgedTopic | null {
  const it = fields<JudgedTopic>(value);
  if (!isText(it.name)) return null;
  const reasons = Object.entries(fields(it.reasons)).map(([name, count]) => [name, numberOr(count, 0)]);
  return {
    name: it.name,
    title: text(it.title),
    useful: numberOr(it.useful, 0),
    unhelpful: numberOr(it.unhelpful, 0),
    reasons: Object.fromEntries(reasons) as Record<string, number>,
    questions: texts(it.questions),
  };
}

function toWork(value: unknown): Work | null {
  const it = fields<Schemas['Work']>(value);
  if (typeof it.agent !== 'number') return null;
  return {
    agent: it.agent,
    name: text(it.name),
    taken: numberOr(it.taken, 0),
    closed: numberOr(it.closed, 0),
    firstAnswer: numberOrNull(it.first_answer),
    handling: numberOrNull(it.handling),
    solved: numberOr(it.solved, 0),
    unsolved: numberOr(it.unsolved, 0),
    rating: numberOrNull(it.rating),
  };
}

export function toSpan(value: unknown): Span | null {
  const it = fields<Schemas['Trends']['spans'][number]>(value);
  if (!isText(it.begin)) return null;
  return {
    begin: it.begin,
    end: text(it.end),
    conversations: numberOr(it.conversations, 0),
    handedOver: numberOr(it.handed_over, 0),
    botAlone: numberOr(it.bot_alone, 0),
    unanswered: numberOr(it.unanswered, 0),
    waiting: toSpread(it.waiting).median,
    firstAnswer: toSpread(it.first_answer).median,
    handling: toSpread(it.handling).median,
    ...toFeedback(it.feedback),
    solved: toEnds(it.closed).solved,
    unsolved: toEnds(it.closed).unsolved,
    rating: numberOrNull(fields<Schemas['Ratings']>(it.ratings).average),
  };
}

export function toAuditEntry(value: unknown): AuditEntry | null {
  const it = fields<Schemas['AuditEntry']>(value);
  if (typeof it.id !== 'number') return null;
  return {
    id: it.id,
    time: numberOr(it.time, 0),
    agent: text(it.agent),
    action: text(it.action),
    ticket: textOrNull(it.ticket),
    detail: text(it.detail),
  };
}
