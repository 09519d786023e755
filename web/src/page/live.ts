// What happens without the customer doing anything: messages, status and typing, pushed by the server.
import { backoff } from '../shared/backoff';
import type { ApiError } from '../shared/http';
import { LiveStream, parsed } from '../shared/liveStream';
import { messagesAfter } from './api';
import { lastSeq } from './order';
import { toMessage, toStatus, toTyping } from './reading';
import { listenTogether } from './sharedStream';
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
const EVENTS = ['message', 'status', 'typing'] as const;
const LIMITS = { silence: 60_000, hidden: 30_000 };

export interface Hearing {
  received: (messages: Message[]) => void;
  status: (status: Status) => void;
  typing: (typing: Typing) => void;
  reached: (reachable: boolean) => void;
  /** The session is gone: it has to be opened anew. */
  sessionLost: () => void;
  /** Whether a human may write at any moment. */
  expectsHuman: () => boolean;
}

export class Live extends LiveStream {
  /** When to try the stream again. */
  private streamAt = 0;

  constructor(
    /** Everything up to here has been heard. Answers to requests do not count: the stream may lag behind. */
    private heard: number,
    /** What tabs of the same conversation share; null: they share nothing. */
    private readonly conversation: string | null,
    private readonly hearing: Hearing,
  ) {
    super(hearing.reached, LIMITS);
    void this.run();
  }

  protected async run(): Promise<void> {
    while (!this.stopped) {
      let looked: boolean;
      if (this.renewed || Date.now() >= this.streamAt) {
        this.renewed = false;
        const lasted = await this.listen();
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

  private listen(): Promise<number> {
    const name = this.conversation && `ok-kefu-stream-${this.conversation}`;
    const url = () => `/api/events?after=${this.heard}`;
    return this.stream(this.failures < MANY ? OPENING_MS : OPENING_AGAIN_MS, (ended) =>
      listenTogether(name, url, EVENTS, {
        ended,
        event: (type, data) => this.hear(type, parsed(data)),
        joined: () => {
          this.began();
          void this.look();
        },
        // Only a stream that says something has begun: a proxy may open it and then hold it back.
        opened: () => this.hearing.reached(true),
      }),
    );
  }

  private hear(type: string, data: unknown): void {
    this.began();
    if (type === 'message') {
      const message = toMessage(data);
      if (message) this.received([message]);
    } else if (type === 'status') {
      const status = toStatus(data);
      if (status) this.hearing.status(status);
    } else {
      const typing = toTyping(data);
      if (typing) this.hearing.typing(typing);
    }
  }

  private received(messages: Message[]): void {
    this.heard = Math.max(this.heard, lastSeq(messages));
    if (messages.length > 0) this.hearing.received(messages);
  }

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

  protected async hasMissed(): Promise<boolean> {
    if (!this.hearing.expectsHuman()) return false;
    const before = this.heard;
    return !(await this.look()) || this.heard > before;
  }
}
