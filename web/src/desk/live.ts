// What happens without the agent doing anything, pushed by the server.
import { backoff } from '../shared/backoff';
import { ApiError } from '../shared/http';
import { LiveStream } from '../shared/liveStream';
import { fields } from '../shared/reading';
import { fetchQueue, sayHere } from './api';
import type { components } from './described';
import { toMessage, toNotice, toQueue } from './reading';
import type { Message, Notice, Queue } from './types';

type Schemas = components['schemas'];

const OPENING_MS = 15_000;
/** A stream that lasted this long was a good one. */
const LASTING_MS = 10_000;
/** An agent must not wait longer than this for the next attempt. */
const LONGEST_MS = 10_000;
/** The server's beat comes every 15 s. However long nobody looks: who does not listen is gone. */
const LIMITS = { silence: 45_000, hidden: Infinity };

export interface Hearing {
  /** A stream has begun; what happened before it has to be asked for. */
  connected: () => void;
  reached: (reachable: boolean) => void;
  queue: (queue: Queue) => void;
  message: (ticket: number, message: Message) => void;
  typing: (ticket: number, on: boolean) => void;
  notice: (notice: Notice) => void;
}

export class Live extends LiveStream {
  private lastQueue = '';
  /** Somebody else's ticket that is being looked at. */
  private watched: number | null = null;
  private handOver: (() => void) | null = null;

  constructor(private readonly hearing: Hearing) {
    super(hearing.reached, LIMITS);
    void this.run();
  }

  watch(ticket: number | null): void {
    if (ticket === this.watched) return;
    this.watched = ticket;
    // Hearing more than is looked at does no harm: only a new wish is worth a new stream.
    if (ticket !== null) this.handOver?.();
  }

  protected async run(): Promise<void> {
    while (!this.stopped) {
      this.renewed = false;
      const lasted = await this.listen();
      if (this.stopped) return;
      if (this.renewed) continue;
      this.failures = lasted > LASTING_MS ? 1 : this.failures + 1;
      // Says why there is no stream, and keeps the queue true where a proxy allows none.
      await this.look();
      if (this.stopped) return;
      if (!this.renewed) await this.pause(Math.min(LONGEST_MS, backoff(this.failures)));
    }
  }

  private listen(): Promise<number> {
    return this.stream(OPENING_MS, (end) => {
      const sources = new Set<EventSource>();
      const open = () => {
        const source = this.open();
        source.onopen = () => {
          // The one before may end only now: without any stream the server takes us for gone.
          sources.forEach((other) => other !== source && other.close());
          sources.clear();
          sources.add(source);
          this.began();
          this.hearing.connected();
        };
        source.onerror = () => sources.has(source) && end();
        sources.add(source);
      };
      this.handOver = open;
      open();
      return () => {
        this.handOver = null;
        sources.forEach((source) => source.close());
      };
    });
  }

  private open(): EventSource {
    const query = this.watched === null ? '' : `?watch=${this.watched}`;
    const source = new EventSource(`/desk/api/events${query}`);
    // By the stream and not by a timer: browsers slow down the timers of pages in the background.
    this.on(source, 'beat', fields, () => void sayHere().catch(() => undefined));
    this.on(source, 'queue', toQueue, this.heardQueue);
    this.on(source, 'message', fields<Schemas['TicketMessage']>, ({ ticket, message }) => {
      const read = toMessage(message);
      if (typeof ticket === 'number' && read) this.hearing.message(ticket, read);
    });
    this.on(source, 'typing', fields<Schemas['TicketTyping']>, ({ ticket, on }) => {
      if (typeof ticket === 'number') this.hearing.typing(ticket, on === true);
    });
    this.on(source, 'notice', toNotice, this.hearing.notice);
    return source;
  }

  private readonly heardQueue = (queue: Queue): void => {
    this.lastQueue = JSON.stringify(queue);
    this.hearing.queue(queue);
  };

  private async look(): Promise<boolean> {
    try {
      const queue = await fetchQueue();
      if (this.stopped) return false;
      this.hearing.reached(true);
      this.heardQueue(queue);
      return true;
    } catch (error) {
      // A lost session ends this object from outside.
      if (!this.stopped) this.hearing.reached(error instanceof ApiError && error.status > 0);
      return false;
    }
  }

  protected async hasMissed(): Promise<boolean> {
    const before = this.lastQueue;
    return !(await this.look()) || this.lastQueue !== before;
  }
}
