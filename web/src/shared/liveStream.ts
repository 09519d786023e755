// What both pages' connections for pushed events have in common. EventSource's own reconnecting is not
// used: it has no backoff, never tries again after an HTTP error and does not say which error it was.

export interface StreamLimits {
  /** A silent stream may be a dead one: phones and laptops change networks without telling. */
  silence: number;
  /** So may one that nobody looked at for so long. */
  hidden: number;
}

/** A stream of events that is opened again and again: how, and what to do in between, a page says in `run`. */
export abstract class LiveStream {
  protected stopped = false;
  /** Streams that failed, in a row. */
  protected failures = 0;
  /** Whether to connect at once, whatever was planned. */
  protected renewed = false;
  /** When this stream began, 0 if it has not. */
  private since = 0;
  private heardAt = 0;
  private hiddenAt = Date.now();
  /** Ends what is being waited for. */
  private endStream: (() => void) | null = null;
  private endPause: (() => void) | null = null;

  constructor(
    private readonly reached: (reachable: boolean) => void,
    private readonly limits: StreamLimits,
  ) {
    window.addEventListener('online', this.renew);
    document.addEventListener('visibilitychange', this.onVisibility);
  }

  /** Connect and listen until stopped. */
  protected abstract run(): Promise<void>;

  /** Ask the server whether a silent stream should have said something. */
  protected abstract hasMissed(): Promise<boolean>;

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
    this.endStream?.();
    this.endPause?.();
  };

  private readonly onVisibility = (): void => {
    if (document.hidden) this.hiddenAt = Date.now();
    else if (!this.endStream || Date.now() - this.hiddenAt > this.limits.hidden) this.renew();
  };

  /**
   * Listen until the stream ends; returns how long it lasted (ms), 0 if it never began.
   * @param opening how long it may take to begin (ms)
   * @param listen opens it, and returns what closes it
   */
  protected stream(opening: number, listen: (end: () => void) => () => void): Promise<number> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        clearInterval(watch);
        this.endStream = null;
        close();
        resolve(this.since && Math.max(1, Date.now() - this.since));
      };
      const timer = setTimeout(() => this.since || end(), opening);
      const watch = setInterval(() => void this.checkSilence(), this.limits.silence);
      this.since = 0;
      this.endStream = end;
      const close = listen(end);
    });
  }

  /** The stream has begun, or says something. */
  protected began(): void {
    this.since ||= Date.now();
    this.heardAt = Date.now();
    this.reached(true);
  }

  protected on<T>(
    source: EventSource,
    type: string,
    read: (data: unknown) => T | null,
    hear: (heard: T) => void,
  ): void {
    source.addEventListener(type, (event) => {
      this.began();
      const heard = read(parsed((event as MessageEvent<string>).data));
      if (heard !== null) hear(heard);
    });
  }

  private async checkSilence(): Promise<void> {
    const mayRest = document.hidden && this.limits.hidden !== Infinity;
    if (Date.now() - this.heardAt < this.limits.silence || mayRest) return;
    if (await this.hasMissed()) this.renew();
  }

  protected pause(ms: number): Promise<void> {
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

/** What an event says; null if it is no JSON. */
export function parsed(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return null;
  }
}
