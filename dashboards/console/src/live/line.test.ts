// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from "vitest";
import { LiveLine, waitBefore, type LineState, type LiveEvent } from "./line";

/** A server whose connections the test writes to and closes. */
function server() {
  const connections: { headers: Record<string, string>; write: (text: string) => void; close: () => void }[] = [];
  const answer: typeof fetch = (_url, init) => {
    const encoder = new TextEncoder();
    let writer!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (writer = controller) });
    init?.signal?.addEventListener("abort", () => {
      try {
        writer.error(new Error("aborted"));
      } catch {
        // already closed
      }
    });
    connections.push({
      headers: { ...(init?.headers as Record<string, string>) },
      write: (text) => writer.enqueue(encoder.encode(text)),
      close: () => writer.close(),
    });
    return Promise.resolve(new Response(body, { status: 200 }));
  };
  return { connections, answer };
}

function lineTo(answer: typeof fetch) {
  const events: LiveEvent[] = [];
  const states: LineState["phase"][] = [];
  const caughtUp = vi.fn();
  const line = new LiveLine({
    url: "/live",
    silenceMs: 5_000,
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state.phase),
    onCatchUp: caughtUp,
    fetch: answer,
  });
  return { line, events, states, caughtUp };
}

describe("the live line", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("gives events whose bytes came in pieces", async () => {
    vi.useFakeTimers();
    const { connections, answer } = server();
    const { line, events } = lineTo(answer);
    line.start();
    await vi.advanceTimersByTimeAsync(1);
    connections[0]!.write('id: 7\nevent: alarm\ndata: {"a"');
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual([]);
    connections[0]!.write(":1}\n\n");
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual([{ event: "alarm", id: "7", data: { a: 1 } }]);
    line.stop();
  });

  it("goes stale at silence, comes back with the last id and catches up", async () => {
    vi.useFakeTimers();
    const { connections, answer } = server();
    const { line, states, caughtUp } = lineTo(answer);
    line.start();
    await vi.advanceTimersByTimeAsync(1);
    connections[0]!.write("id: 41\nevent: alarm\ndata: {}\n\n");
    await vi.advanceTimersByTimeAsync(4_000);
    connections[0]!.write(": still here\n\n");
    await vi.advanceTimersByTimeAsync(4_000);
    expect(states).toEqual(["live"]);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(states).toEqual(["live", "stale"]);
    expect(caughtUp).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connections[1]!.headers["Last-Event-ID"]).toBe("41");
    expect(states).toEqual(["live", "stale", "live"]);
    expect(caughtUp).toHaveBeenCalledOnce();
    line.stop();
  });

  it("does not speak of a break that is mended within the grace", async () => {
    vi.useFakeTimers();
    const { connections, answer } = server();
    const { line, states, caughtUp } = lineTo(answer);
    line.start();
    await vi.advanceTimersByTimeAsync(1);
    connections[0]!.write('event: end\ndata: {"reason":"expired"}\n\n');
    connections[0]!.close();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(connections.length).toBe(2);
    expect(caughtUp).toHaveBeenCalledOnce();
    expect(states).toEqual(["live"]);
    line.stop();
  });

  it("says stale, from the last byte on, when the server stays away", async () => {
    vi.useFakeTimers();
    const { connections, answer } = server();
    let away = false;
    const { line, states } = lineTo((url, init) => (away ? Promise.reject(new Error("refused")) : answer(url, init)));
    line.start();
    await vi.advanceTimersByTimeAsync(1);
    connections[0]!.write(": hello\n\n");
    await vi.advanceTimersByTimeAsync(1);
    const lastByte = Date.now();
    away = true;
    connections[0]!.close();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(states).toEqual(["live", "stale"]);
    expect(Math.abs(line.state.since - lastByte)).toBeLessThan(5);
    line.stop();
  });

  it("stops for good when the session is refused", async () => {
    vi.useFakeTimers();
    const refused = vi.fn(() => Promise.resolve(new Response(null, { status: 401 })));
    const { line, states } = lineTo(refused);
    line.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states).toEqual(["refused"]);
    expect(refused).toHaveBeenCalledOnce();
  });

  it("says that too many streams are open, and asks again as slowly as the server wants", async () => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { connections, answer } = server();
    let free = false;
    const full = () => Response.json({ code: "too_many_streams" }, { status: 429, headers: { "Retry-After": "30" } });
    const asked = vi.fn<typeof fetch>((url, init) => (free ? answer(url, init) : Promise.resolve(full())));
    const { line, states } = lineTo(asked);
    line.start();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(states).toEqual(["crowded"]);
    expect(asked).toHaveBeenCalledOnce();
    free = true;
    await vi.advanceTimersByTimeAsync(9_000);
    expect(asked).toHaveBeenCalledTimes(2);
    connections[0]!.write(": hello\n\n");
    expect(states).toEqual(["crowded", "live"]);
    line.stop();
  });

  it("asks again as after any failure when it is refused for another limit", async () => {
    vi.useFakeTimers();
    const asked = vi.fn<typeof fetch>(() => Promise.resolve(Response.json({ code: "rate_limited" }, { status: 429 })));
    const { line, states } = lineTo(asked);
    line.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked.mock.calls.length).toBeGreaterThan(2);
    expect(states).toEqual([]);
    line.stop();
  });

  it("waits longer after each failure, within bounds", () => {
    expect(waitBefore(0, 0)).toBe(250);
    expect(waitBefore(3, 0.5)).toBe(3_000);
    expect(waitBefore(50, 0.999)).toBeLessThanOrEqual(10_000);
  });
});
