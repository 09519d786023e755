// Where a message stands among the others. The same one can come three ways (as an answer, by the
// stream, in the history), in any order; it is shown once, by `seq` where both have one.
import type { Entry } from './conversation';
import { isMissing } from './types';
import type { Message } from './types';

export function lastSeq(messages: Message[]): number {
  return messages.reduce((last, { seq }) => Math.max(last, seq ?? 0), 0);
}

/** Bring in one message. Returns the same list when that changes nothing. */
export function merge(entries: Entry[], message: Message): Entry[] {
  const at = entries.findIndex((entry) => entry.message.id === message.id);
  if (at < 0) return insert(entries, { message, delivery: 'sent' });

  const before = entries[at]!;
  const after = update(before, message);
  if (after === before) return entries;
  const replaced = entries.map((entry) => (entry === before ? after : entry));
  if (isInOrder(replaced, at)) return replaced;
  return insert(
    replaced.filter((entry) => entry !== after),
    after,
  );
}

function update(before: Entry, arriving: Message): Entry {
  const { message, delivery } = before;
  // What is missing here, the server has.
  const outgoing = before.outgoing && !isMissing(before.outgoing) ? before.outgoing : null;
  const seq = arriving.seq ?? message.seq;
  // It had arrived after all; only the answer was lost on the way.
  const nowDelivered = delivery === 'failed';
  // A human takes a message back: another sentence stands in its place.
  const isChanged = !outgoing && arriving.seq !== null && arriving.from !== message.from;
  if (seq === message.seq && !nowDelivered && !isChanged) return before;
  return {
    // What was typed or picked here stays as it looks: the record may have masked a number in it.
    message: outgoing ? { ...message, seq } : { ...arriving, seq },
    delivery: nowDelivered ? 'sent' : delivery,
    ...(outgoing && { outgoing }),
  };
}

function insert(entries: Entry[], entry: Entry): Entry[] {
  const { seq } = entry.message;
  const later = entries.findIndex(({ message, delivery }) =>
    // What is still on its way will be recorded after this.
    message.seq === null ? delivery === 'sending' || delivery === 'held' : seq !== null && message.seq > seq,
  );
  const at = later < 0 ? entries.length : later;
  return [...entries.slice(0, at), entry, ...entries.slice(at)];
}

function isInOrder(entries: Entry[], at: number): boolean {
  const seq = entries[at]!.message.seq;
  return entries.every(
    ({ message }, index) =>
      seq === null ||
      message.seq === null ||
      index === at ||
      message.seq < seq === index < at,
  );
}
