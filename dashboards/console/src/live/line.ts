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

/**
 * `since`: when the phase began, milliseconds; for 'stale' the instant of the last byte that came. 'crowded': the viewer
 * has too many streams open; the line asks again, slowly.
 */
export interface LineState {
  readonly phase: "connecting" | "live" | "stale" | "crowded" | "refused";
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
/** Before asking again when too many streams are open, unless the answer says how long. */
const CROWDED_WAIT_MS = 30_000;
/** A break this short (the server renewing the stream) is mended before anybody is told. */
const GRACE_MS = 2_000;

/** How long to wait before attempt `attempt` (0, 1, ...): doubling, bounded, with jitter from `chance` in [0, 1). */
export function waitBefore(attempt: number, chance: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + chance / 2);
}

/** How long an answer asks to wait, milliseconds. */
function askedWait(answer: Response): number {
  const seconds = Number(answer.headers.get("Retry-After") ?? "");
  return seconds > 0 ? seconds * 1_000 : CROWDED_WAIT_MS;
}

async function isCrowded(answer: Response): Promise<boolean> {
  if (answer.status !== 429) return false;
  const problem = (await answer.json().catch(() => null)) as { code?: unknown } | null;
  return problem?.code === "too_many_streams";
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
      const ending = await this.#listen(stopped);
      if (stopped.aborted) return;
      if (ending === "refused") {
        this.#forgive();
        this.#enter("refused", Date.now());
        return;
      }
      if (typeof ending === "number") {
        this.#forgive();
        this.#enter("crowded", Date.now());
        await this.#pause(ending * (1 + Math.random() / 2));
        continue;
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

  /**
   * One connection from start to end. Resolves 'refused' when the server refuses this viewer, and how long to wait,
   * milliseconds, when too many streams are open.
   */
  async #listen(stopped: AbortSignal): Promise<"ended" | "refused" | number> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    stopped.addEventListener("abort", end, { once: true });
    let silence = setTimeout(end, this.#options.silenceMs);
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (this.#lastId !== "") headers["Last-Event-ID"] = this.#lastId;
      const answer = await (this.#options.fetch ?? fetch)(this.#options.url, { headers, signal: ending.signal, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) return "refused";
      if (await isCrowded(answer)) return askedWait(answer);
      if (!answer.ok || answer.body === null) return "ended";
      this.#opened();
      const parser = createParser({ onEvent: (message) => this.#take(message.event ?? "message", message.id ?? "", message.data) });
      const text = new TextDecoder();
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return "ended";
        clearTimeout(silence);
        silence = setTimeout(end, this.#options.silenceMs);
        this.#lastByteAt = Date.now();
        parser.feed(text.decode(value, { stream: true }));
      }
    } catch {
      return "ended"; // A broken line is no error here: the state says 'stale' and the next attempt follows.
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
