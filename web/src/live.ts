// What happens without the customer doing anything: messages, status and typing, pushed by the server.
// EventSource's own reconnecting is not used: it has no backoff, never tries again after an HTTP error
// and does not say which error it was.
import { messagesAfter } from './api';
import { backoff } from './backoff';
import type { ApiError } from './http';
import { lastSeq } from './order';
import { toMessage, toStatus, toTyping } from './reading';
import type { Message, Status, Typing } from './types';

/** A proxy that holds the stream back is found out after this; sooner, once push is known to be trouble. */
const OPENING_MS = 15_000;
const OPENING_AGAIN_MS = 5000;
/** A stream that lasted this long was a good one. */
const LASTING_MS = 10_000;
/** After so many failures in a row the page looks for messages instead, and tries the stream now and then. */
const MANY = 3;
const STREAM_AGAIN_MS = 60_000;
const LOOK_MS = 5000;
const LOOK_HIDDEN_MS = 30_000;
/** A server without push at all. */
const WITHOUT_PUSH_MS = 300_000;
/** A silent stream may be a dead one: phones change networks without telling. */
const SILENCE_MS = 60_000;
const LONG_HIDDEN_MS = 30_000;

export interface Hearing {
  received: (messages: Message[]) => void;
  status: (status: Status) => void;
  typing: (typing: Typing) => void;
  reached: (reachable: boolean) => void;
  /** The session is gone: open it anew, and start anew. */
  sessionLost: () => void;
  /** Whether a human may write at any moment. */
  expectsHuman: () => boolean;
}

export class Live {
  private stopped = false;
  private failures = 0;
  private streamAt = 0;
  private renewed = false;
  private heardAt = 0;
  private hiddenAt = Date.now();
  /** Ends what is being waited for. */
  private endStream: (() => void) | null = null;
  private endPause: (() => void) | null = null;

  constructor(
    /** Everything up to here has been heard. Answers to requests do not count: the stream may lag behind. */
    private heard: number,
    private readonly hearing: Hearing,
  ) {
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

  /** Connect anew, at once. */
  readonly renew = (): void => {
    this.renewed = true;
    this.streamAt = 0;
    this.endStream?.();
    this.endPause?.();
  };

  private readonly onVisibility = (): void => {
    if (document.hidden) this.hiddenAt = Date.now();
    else if (!this.endStream || Date.now() - this.hiddenAt > LONG_HIDDEN_MS) this.renew();
  };

  private async run(): Promise<void> {
    while (!this.stopped) {
      let looked: boolean;
      if (Date.now() >= this.streamAt) {
        this.renewed = false;
        const lasted = await this.stream();
        if (this.stopped) return;
        if (this.renewed) continue;
        this.failures = lasted > LASTING_MS ? 1 : this.failures + 1;
        this.streamAt = Date.now() + backoff(this.failures);
        if (lasted > 0) {
          // It worked; what is missed comes with the next one. No need for everybody to ask at once.
          await this.pause(this.untilStream());
          continue;
        }
        looked = await this.look();
        if (looked && this.failures >= MANY) this.streamAt = Date.now() + STREAM_AGAIN_MS;
      } else {
        looked = await this.look();
      }
      if (this.stopped) return;
      if (this.renewed) continue;
      const untilLook = document.hidden ? LOOK_HIDDEN_MS : LOOK_MS;
      const looking = looked && this.failures >= MANY;
      await this.pause(looking ? Math.min(untilLook, this.untilStream()) : this.untilStream());
    }
  }

  private untilStream(): number {
    return Math.max(0, this.streamAt - Date.now());
  }

  /** Listen until the stream ends; returns how long it lasted (ms), 0 if it never said anything. */
  private stream(): Promise<number> {
    return new Promise((resolve) => {
      const source = new EventSource(`/api/events?after=${this.heard}`);
      let since = 0;
      const end = () => {
        clearTimeout(opening);
        clearInterval(watch);
        this.endStream = null;
        source.close();
        resolve(since && Math.max(1, Date.now() - since));
      };
      const patience = this.failures < MANY ? OPENING_MS : OPENING_AGAIN_MS;
      const opening = setTimeout(() => since || end(), patience);
      const watch = setInterval(() => void this.checkSilence(), SILENCE_MS);
      this.endStream = end;

      const on = <T>(type: string, read: (data: unknown) => T | null, hear: (heard: T) => void) => {
        source.addEventListener(type, (event) => {
          since ||= Date.now();
          this.heardAt = Date.now();
          this.hearing.reached(true);
          const value = read(parse((event as MessageEvent<string>).data));
          if (value !== null) hear(value);
        });
      };
      on('message', toMessage, this.received);
      on('status', toStatus, this.hearing.status);
      on('typing', toTyping, this.hearing.typing);
      source.onopen = () => this.hearing.reached(true);
      source.onerror = end;
    });
  }

  private readonly received = (messages: Message[]): void => {
    this.heard = Math.max(this.heard, lastSeq(messages));
    if (messages.length > 0) this.hearing.received(messages);
  };

  /** Ask for what was missed, and why there is no stream; returns whether looking again is of use. */
  private async look(): Promise<boolean> {
    try {
      const { messages, status } = await messagesAfter(this.heard);
      if (this.stopped) return false;
      this.hearing.reached(true);
      this.received(messages);
      if (status) this.hearing.status(status);
      return true;
    } catch (error) {
      if (!this.stopped) this.judge(error as ApiError);
      return false;
    }
  }

  private judge({ failure, status, patience }: ApiError): void {
    this.hearing.reached(failure !== 'connection');
    if (status === 401) {
      this.stop();
      this.hearing.sessionLost();
    } else if (status === 404 || status === 405) {
      this.streamAt = Date.now() + WITHOUT_PUSH_MS;
    } else {
      const wait = status === 429 ? patience * 1000 : backoff(this.failures);
      this.streamAt = Date.now() + wait;
    }
  }

  private async checkSilence(): Promise<void> {
    const silent = Date.now() - this.heardAt >= SILENCE_MS;
    if (!silent || document.hidden || !this.hearing.expectsHuman()) return;
    const before = this.heard;
    const looked = await this.look();
    if (!looked || this.heard > before) this.renew();
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
