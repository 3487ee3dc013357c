/**
 * The live line: one Server-Sent-Events stream read with fetch, so that silence (not even a comment) can be noticed,
 * the session's cookie goes along and the last event id is kept over reconnects.
 */
import { createParser } from "eventsource-parser";

export interface LiveEvent {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

/** `since`: when the phase began, milliseconds; for 'stale' the instant of the last byte that came. */
export interface LineState {
  readonly phase: "connecting" | "live" | "stale" | "refused";
  readonly since: number;
}

export interface LineOptions {
  readonly url: string;
  /** Longest silence before the line counts as dead, ms. The server sends at least a comment more often than that. */
  readonly silenceMs: number;
  readonly onEvent: (event: LiveEvent) => void;
  readonly onState: (state: LineState) => void;
  /** Called at every connection after the first, so that whatever was missed can be fetched. */
  readonly onCatchUp: () => void;
  readonly fetch?: typeof fetch;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** A break this short (the server renewing the stream) is mended before anybody is told. */
const GRACE_MS = 2_000;

/** How long to wait before attempt `attempt` (0, 1, ...): doubling, bounded, with jitter from `chance` in [0, 1). */
export function waitBefore(attempt: number, chance: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + chance / 2);
}

export class LiveLine {
  #options: LineOptions;
  #stop: AbortController | null = null;
  #state: LineState = { phase: "connecting", since: Date.now() };
  #lastId = "";
  #lastByteAt = 0;
  #everLive = false;
  #wake: (() => void) | null = null;
  #grace: ReturnType<typeof setTimeout> | null = null;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  get state(): LineState {
    return this.#state;
  }

  start(): void {
    if (this.#stop !== null) return;
    this.#stop = new AbortController();
    window.addEventListener("online", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.#forgive();
    window.removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
  }

  #hurry = (): void => this.#wake?.();

  #enter(phase: LineState["phase"], since: number): void {
    if (this.#state.phase === phase) return;
    this.#state = { phase, since };
    this.#options.onState(this.#state);
  }

  async #run(stopped: AbortSignal): Promise<void> {
    for (let attempt = 0; !stopped.aborted; attempt++) {
      const before = this.#lastByteAt;
      const refused = await this.#listen(stopped);
      if (stopped.aborted) return;
      if (refused) {
        this.#forgive();
        this.#enter("refused", Date.now());
        return;
      }
      if (this.#everLive) this.#broke();
      if (this.#lastByteAt > before) attempt = 0;
      await this.#pause(waitBefore(attempt, Math.random()));
    }
  }

  /** Says 'stale' once the line has brought nothing for longer than the grace. */
  #broke(): void {
    const left = this.#lastByteAt + GRACE_MS - Date.now();
    if (left <= 0) this.#enter("stale", this.#lastByteAt);
    else this.#grace ??= setTimeout(() => this.#enter("stale", this.#lastByteAt), left);
  }

  #forgive(): void {
    if (this.#grace !== null) clearTimeout(this.#grace);
    this.#grace = null;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = done;
    });
  }

  /** One connection from start to end. Resolves true when the server refuses this viewer. */
  async #listen(stopped: AbortSignal): Promise<boolean> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    stopped.addEventListener("abort", end, { once: true });
    let silence = setTimeout(end, this.#options.silenceMs);
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (this.#lastId !== "") headers["Last-Event-ID"] = this.#lastId;
      const answer = await (this.#options.fetch ?? fetch)(this.#options.url, { headers, signal: ending.signal, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) return true;
      if (!answer.ok || answer.body === null) return false;
      this.#opened();
      const parser = createParser({ onEvent: (message) => this.#take(message.event ?? "message", message.id ?? "", message.data) });
      const text = new TextDecoder();
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return false;
        clearTimeout(silence);
        silence = setTimeout(end, this.#options.silenceMs);
        this.#lastByteAt = Date.now();
        parser.feed(text.decode(value, { stream: true }));
      }
    } catch {
      return false; // A broken line is no error here: the state says 'stale' and the next attempt follows.
    } finally {
      clearTimeout(silence);
      stopped.removeEventListener("abort", end);
      ending.abort();
    }
  }

  #opened(): void {
    this.#forgive();
    this.#lastByteAt = Date.now();
    this.#enter("live", Date.now());
    if (this.#everLive) this.#options.onCatchUp();
    this.#everLive = true;
  }

  #take(event: string, id: string, data: string): void {
    if (id !== "") this.#lastId = id;
    let content: unknown = null;
    try {
      content = data === "" ? null : JSON.parse(data);
    } catch {
      return; // Not ours: every event of the contract carries JSON.
    }
    this.#options.onEvent({ event, id, data: content });
  }
}
