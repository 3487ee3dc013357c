import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Freshness } from "./freshness";

const HERE = "http://ecc.test";
const at = (ms: number): string => new Date(ms).toISOString();

/** A server whose access token runs out when told to. */
function server() {
  let fresh = true;
  const asked: string[] = [];
  const fetch = vi.fn(async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), HERE), init);
    const path = new URL(request.url).pathname;
    const status = fresh ? 200 : 401;
    asked.push(`${request.method} ${path} ${await request.text()}`.trim());
    if (path.endsWith("/refresh")) {
      fresh = true;
      return Response.json({ expires_at: at(Date.now() + 600_000) });
    }
    return new Response(null, { status });
  });
  return { asked, fetch: fetch as typeof globalThis.fetch, runOut: () => (fresh = false) };
}

function storage() {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  };
}

describe("freshness", () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => vi.useRealTimers());

  const made = (fetch: typeof globalThis.fetch, kept = storage()) =>
    new Freshness({ fetch, now: () => Date.now(), storage: kept, chance: () => 0 });

  it("tells once that the session is over, and not when the server is away", async () => {
    let status = 503;
    const freshness = made(async (input) => new Response(null, { status: String(input instanceof Request ? input.url : input).includes("refresh") ? status : 401 }));
    freshness.note(at(2_000_000));
    const over = vi.fn();
    freshness.onOver(over);
    await freshness.fetch(`${HERE}/api/v1/machines`);
    expect([over.mock.calls.length, freshness.maybeSignedIn]).toEqual([0, true]);
    status = 401;
    await Promise.all([freshness.fetch(`${HERE}/api/v1/machines`), freshness.fetch(`${HERE}/api/v1/sites`)]);
    expect([over.mock.calls.length, freshness.maybeSignedIn]).toEqual([1, false]);
  });

  it("asks again with a fresh token after a 401, its body included, and refreshes once for all who wait", async () => {
    const { asked, fetch, runOut } = server();
    const freshness = made(fetch);
    runOut();
    const answers = await Promise.all([
      freshness.fetch(`${HERE}/api/v1/machines`),
      freshness.fetch(`${HERE}/api/v1/sites`, { method: "POST", body: "{}" }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(asked.filter((line) => line.includes("refresh"))).toHaveLength(1);
    expect(asked.filter((line) => line === "POST /api/v1/sites {}")).toHaveLength(2);
    expect(freshness.maybeSignedIn).toBe(true);
  });

  it("takes a refused sign-in for what it is", async () => {
    const { asked, fetch, runOut } = server();
    runOut();
    const answer = await made(fetch).fetch(`${HERE}/api/v1/auth/login`, { method: "POST" });
    expect(answer.status).toBe(401);
    expect(asked).toHaveLength(1);
  });

  it("refreshes before the token runs out, and stops when nobody is signed in", async () => {
    const { asked, fetch } = server();
    const freshness = made(fetch);
    freshness.note(at(Date.now() + 600_000));
    await vi.advanceTimersByTimeAsync(449_000);
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toEqual(["POST /api/v1/auth/refresh"]);
    freshness.forget();
    await vi.advanceTimersByTimeAsync(2_000_000);
    expect(asked).toHaveLength(1);
    expect(freshness.maybeSignedIn).toBe(false);
  });

  it("waits for the time that another tab has noted", async () => {
    const { asked, fetch } = server();
    const kept = storage();
    const freshness = made(fetch, kept);
    freshness.note(at(Date.now() + 600_000));
    await vi.advanceTimersByTimeAsync(440_000);
    kept.setItem("ecc.signed-in", at(Date.now() + 600_000));
    freshness.resume();
    await vi.advanceTimersByTimeAsync(400_000);
    expect(asked).toEqual([]);
  });

  it("is signed out when the session is over, and not when the server is away", async () => {
    const kept = storage();
    const over = made(async () => new Response(null, { status: 401 }), kept);
    const away = made(async () => Promise.reject(new TypeError("away")), kept);
    kept.setItem("ecc.signed-in", at(0));
    expect(await away.refresh()).toBe(false);
    expect(away.maybeSignedIn).toBe(true);
    expect((await over.fetch(`${HERE}/api/v1/auth/me`)).status).toBe(401);
    expect(over.maybeSignedIn).toBe(false);
  });
});
