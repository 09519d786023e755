// One stream for all tabs of a conversation: a browser opens six connections to a server (HTTP/1.1), and
// a stream in every tab would take them all. One tab leads and tells the others what it hears; when it
// is gone, the lock goes to the next. Without locks (plain http, older browsers) every tab has its own.

/** A tab that leads answers at once, however deep it sleeps; only one that is frozen does not. */
const ANSWER_MS = 3000;
const CALL_MS = 20_000;

type Told = { kind: 'call' } | { kind: 'alive'; heard: boolean } | { kind: 'event'; type: string; data: string };

export interface Hearing {
  /** Another tab's stream runs. What it said before has to be asked for. */
  joined: () => void;
  event: (type: string, data: string) => void;
  /** The server's stream is there, though it has said nothing yet. */
  opened: () => void;
  ended: () => void;
}

/**
 * Listen to events of the server.
 * @param name of what tabs share; null: nothing
 * @param url is asked for when a stream begins
 * @returns what ends it
 */
export function listenTogether(
  name: string | null,
  url: () => string,
  types: readonly string[],
  hearing: Hearing,
): () => void {
  const canShare = name !== null && 'locks' in navigator && 'BroadcastChannel' in window;
  if (!canShare) return listenAlone(url(), types, hearing);
  const tab = new Tab(name, url, types, hearing);
  return () => tab.close();
}

function listenAlone(url: string, types: readonly string[], hearing: Omit<Hearing, 'joined'>): () => void {
  const source = new EventSource(url);
  for (const type of types) {
    source.addEventListener(type, (event) => hearing.event(type, (event as MessageEvent<string>).data));
  }
  source.onopen = hearing.opened;
  source.onerror = hearing.ended;
  return () => source.close();
}

class Tab {
  private readonly channel: BroadcastChannel;
  private readonly queued = new AbortController();
  private closed = false;
  /** Ends our stream and lets the next tab lead; null while another one does. */
  private resign: (() => void) | null = null;
  private heard = false;
  private joined = false;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private readonly calls: ReturnType<typeof setInterval>;

  constructor(
    private readonly name: string,
    private readonly url: () => string,
    private readonly types: readonly string[],
    private readonly hearing: Hearing,
  ) {
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = ({ data }: MessageEvent<Told>) => this.hear(data);
    document.addEventListener('visibilitychange', this.call);
    this.calls = setInterval(this.call, CALL_MS);
    this.request({ signal: this.queued.signal });
    this.call();
  }

  close(): void {
    this.closed = true;
    document.removeEventListener('visibilitychange', this.call);
    clearInterval(this.calls);
    clearTimeout(this.patience);
    this.queued.abort();
    this.resign?.();
    this.channel.close();
  }

  private request(options: LockOptions): void {
    navigator.locks.request(this.name, options, () => this.lead()).catch(() => {
      // Another tab took the lead, or we stopped waiting for it.
      if (!this.resign || this.closed) return;
      this.resign();
      this.hearing.ended();
    });
  }

  private lead(): Promise<void> | undefined {
    if (this.closed || this.resign) return undefined;
    clearTimeout(this.patience);
    const end = listenAlone(this.url(), this.types, {
      opened: this.hearing.opened,
      ended: this.hearing.ended,
      event: (type, data) => {
        if (!this.heard) this.tell({ kind: 'alive', heard: true });
        this.heard = true;
        this.tell({ kind: 'event', type, data });
        this.hearing.event(type, data);
      },
    });
    return new Promise((resolve) => {
      this.resign = () => {
        this.resign = null;
        end();
        resolve();
      };
    });
  }

  /** Ask whether the tab that leads is still awake; take the lead if it is not. */
  private readonly call = (): void => {
    if (this.resign || document.hidden) return;
    clearTimeout(this.patience);
    this.tell({ kind: 'call' });
    this.patience = setTimeout(() => {
      this.queued.abort();
      this.request({ steal: true });
    }, ANSWER_MS);
  };

  private hear(told: Told): void {
    if (this.resign) {
      if (told.kind === 'call') this.tell({ kind: 'alive', heard: this.heard });
      return;
    }
    if (told.kind === 'call') return;
    clearTimeout(this.patience);
    const runs = told.kind === 'event' || told.heard;
    if (runs && !this.joined) {
      this.joined = true;
      this.hearing.joined();
    }
    if (told.kind === 'event') this.hearing.event(told.type, told.data);
  }

  private tell(told: Told): void {
    this.channel.postMessage(told);
  }
}
