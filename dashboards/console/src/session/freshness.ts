/**
 * Keeps the session's short access token fresh: refreshed before it runs out, and when an answer is 401. Both tokens
 * are cookies that scripts cannot read; only the time at which the access token runs out is known here, in
 * localStorage, so that all tabs of a browser know it and one refresh serves them all.
 */

const KEPT_AS = "ecc.signed-in";
const REFRESH = "/api/v1/auth/refresh";
/** Their 401 is an answer, not a token that has run out. */
const FINAL = ["/api/v1/auth/login", "/api/v1/auth/logout", REFRESH];
const SHARE_OF_LIFE = 0.75;
const SOONEST_MS = 5_000;
/** Tabs whose clocks strike at once do not all refresh: each waits up to this long, and sees whether another one has. */
const SCATTER_MS = 3_000;

export interface FreshnessOptions {
  readonly fetch: typeof fetch;
  /** Milliseconds by the server's clock. */
  readonly now: () => number;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
  readonly chance: () => number;
}

export class Freshness {
  #options: FreshnessOptions;
  #refreshing: Promise<boolean> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #over: (() => void) | null = null;

  constructor(options: FreshnessOptions) {
    this.#options = options;
  }

  /** Whether this browser signed in and not out again: scripts cannot see the cookies, and asking in vain is an error. */
  get maybeSignedIn(): boolean {
    const { storage } = this.#options;
    return storage === null || storage.getItem(KEPT_AS) !== null;
  }

  /** Signed in, or refreshed: the access token runs out at `expiresAt` (RFC 3339). */
  note(expiresAt: string): void {
    this.#options.storage?.setItem(KEPT_AS, expiresAt);
    this.#wait(Date.parse(expiresAt));
  }

  /** Nobody is signed in any more. */
  forget(): void {
    this.#options.storage?.removeItem(KEPT_AS);
    this.#stop();
  }

  /** Tells `heard` when the session is over without having been signed out of here: ended elsewhere, or too old. */
  onOver(heard: () => void): void {
    this.#over = heard;
  }

  /** Starts waiting for the time that this or another tab noted; to be called at the start and when the note changes. */
  resume(): void {
    const noted = Date.parse(this.#options.storage?.getItem(KEPT_AS) ?? "");
    if (Number.isNaN(noted)) this.#end();
    else this.#wait(noted);
  }

  /** Fetch; an answer of 401 is asked for once more with a fresh token. */
  fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const again = request.clone();
    const answer = await this.#options.fetch(request);
    if (answer.status !== 401 || FINAL.includes(new URL(request.url).pathname)) return answer;
    return (await this.refresh()) ? this.#options.fetch(again) : answer;
  };

  /** Gets new tokens, once for all who ask meanwhile; false when the session is over or the server is not reached. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#ask().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #ask(): Promise<boolean> {
    try {
      const answer = await this.#options.fetch(REFRESH, { method: "POST", headers: { "X-ECC-Request": "console" } });
      if (answer.status === 401) {
        this.forget();
        this.#end();
      }
      if (!answer.ok) return false;
      this.note(((await answer.json()) as { expires_at: string }).expires_at);
      return true;
    } catch {
      return false; // The server is not reached: whoever asked is told so by its own request.
    }
  }

  #wait(expiresAt: number): void {
    this.#stop();
    const left = (expiresAt - this.#options.now()) * SHARE_OF_LIFE;
    this.#timer = setTimeout(() => void this.refresh(), Math.max(SOONEST_MS, left) + this.#options.chance() * SCATTER_MS);
  }

  #end(): void {
    this.#stop();
    this.#over?.();
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function browserStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null; // Without storage the server is asked every time.
  }
}

/** The page's own. */
export function startFreshness(now: () => number): Freshness {
  const freshness = new Freshness({ fetch: (...asked) => fetch(...asked), now, storage: browserStorage(), chance: Math.random });
  window.addEventListener("storage", (event) => {
    if (event.key === KEPT_AS) freshness.resume();
  });
  freshness.resume();
  return freshness;
}
