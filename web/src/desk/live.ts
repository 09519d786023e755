// What happens without the agent doing anything, pushed by the server. EventSource's own reconnecting
// is not used: it has no backoff, never tries again after an HTTP error and does not say which it was.
import { backoff } from '../backoff';
import { fetchQueue } from './api';
import { DeskError } from './http';
import { isRecord, toMessage, toNotice, toQueue } from './reading';
import type { Message, Notice, Queue } from './types';

const OPENING_MS = 15_000;
/** A stream that lasted this long was a good one. */
const LASTING_MS = 10_000;
/** An agent must not wait longer than this for the next attempt. */
const LONGEST_MS = 10_000;
/** A silent stream may be a dead one: laptops change networks without telling. */
const SILENCE_MS = 45_000;

export interface Hearing {
  /** A stream has begun; what happened before it has to be asked for. */
  connected: () => void;
  reached: (reachable: boolean) => void;
  queue: (queue: Queue) => void;
  message: (ticket: number, message: Message) => void;
  typing: (ticket: number, on: boolean) => void;
  notice: (notice: Notice) => void;
}

export class Live {
  private stopped = false;
  private failures = 0;
  private heardAt = 0;
  private lastQueue = '';
  /** Somebody else's ticket that is being looked at. */
  private watched: number | null = null;
  private handOver: (() => void) | null = null;
  private endStream: (() => void) | null = null;
  private endPause: (() => void) | null = null;
  private renewed = false;

  constructor(private readonly hearing: Hearing) {
    window.addEventListener('online', this.renew);
    document.addEventListener('visibilitychange', this.onVisibility);
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    window.removeEventListener('online', this.renew);
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.endStream?.();
    this.endPause?.();
  }

  watch(ticket: number | null): void {
    if (ticket === this.watched) return;
    this.watched = ticket;
    // Hearing more than is looked at does no harm: only a new wish is worth a new stream.
    if (ticket !== null) this.handOver?.();
  }

  /** Connect anew, at once. */
  readonly renew = (): void => {
    this.renewed = true;
    this.endStream?.();
    this.endPause?.();
  };

  private readonly onVisibility = (): void => {
    if (!document.hidden && !this.endStream) this.renew();
  };

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.renewed = false;
      const lasted = await this.stream();
      if (this.stopped) return;
      if (this.renewed) continue;
      this.failures = lasted > LASTING_MS ? 1 : this.failures + 1;
      // Says why there is no stream, and keeps the queue true where a proxy allows none.
      await this.look();
      if (this.stopped) return;
      if (!this.renewed) await this.pause(Math.min(LONGEST_MS, backoff(this.failures)));
    }
  }

  /** Listen until the stream ends; returns how long it lasted (ms), 0 if it never began. */
  private stream(): Promise<number> {
    return new Promise((resolve) => {
      const sources = new Set<EventSource>();
      let since = 0;
      const end = () => {
        clearTimeout(opening);
        clearInterval(watch);
        this.endStream = null;
        this.handOver = null;
        sources.forEach((source) => source.close());
        resolve(since && Math.max(1, Date.now() - since));
      };
      const open = () => {
        const source = this.listen();
        source.onopen = () => {
          since ||= Date.now();
          this.heardAt = Date.now();
          // The one before may end only now: without any stream the server takes us for gone.
          sources.forEach((other) => other !== source && other.close());
          sources.clear();
          sources.add(source);
          this.hearing.reached(true);
          this.hearing.connected();
        };
        source.onerror = () => sources.has(source) && end();
        sources.add(source);
      };
      const opening = setTimeout(() => since || end(), OPENING_MS);
      const watch = setInterval(() => void this.checkSilence(), SILENCE_MS);
      this.endStream = end;
      this.handOver = open;
      open();
    });
  }

  private listen(): EventSource {
    const query = this.watched === null ? '' : `?watch=${this.watched}`;
    const source = new EventSource(`/desk/api/events${query}`);
    const on = (type: string, hear: (data: Record<string, unknown>) => void) => {
      source.addEventListener(type, (event) => {
        this.heardAt = Date.now();
        this.hearing.reached(true);
        const data = parse((event as MessageEvent<string>).data);
        if (isRecord(data)) hear(data);
      });
    };
    on('queue', this.onQueue);
    on('message', ({ ticket, message }) => {
      const read = toMessage(message);
      if (typeof ticket === 'number' && read) this.hearing.message(ticket, read);
    });
    on('typing', ({ ticket, on: isOn }) => {
      if (typeof ticket === 'number') this.hearing.typing(ticket, isOn === true);
    });
    on('notice', (data) => {
      const notice = toNotice(data);
      if (notice) this.hearing.notice(notice);
    });
    return source;
  }

  private readonly onQueue = (data: unknown): void => {
    const queue = toQueue(data);
    if (!queue) return;
    this.lastQueue = JSON.stringify(queue);
    this.hearing.queue(queue);
  };

  private async look(): Promise<boolean> {
    try {
      const queue = await fetchQueue();
      if (this.stopped) return false;
      this.hearing.reached(true);
      this.lastQueue = JSON.stringify(queue);
      this.hearing.queue(queue);
      return true;
    } catch (error) {
      // A lost session ends this object from outside.
      if (!this.stopped) this.hearing.reached(error instanceof DeskError && error.status > 0);
      return false;
    }
  }

  private async checkSilence(): Promise<void> {
    if (Date.now() - this.heardAt < SILENCE_MS || document.hidden) return;
    const before = this.lastQueue;
    const looked = await this.look();
    if (!looked || this.lastQueue !== before) this.renew();
    else this.heardAt = Date.now();
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.endPause = null;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.endPause = end;
    });
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return null;
  }
}
