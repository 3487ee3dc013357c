import { describe, expect, it } from "vitest";
import { moved, spanOf, withSpan, zoomed } from "./span";

describe("the chart's span", () => {
  it("is read from the address and written back the same", () => {
    const fixed = { kind: "fixed", from: 1_000, to: 61_000 } as const;
    expect(spanOf(withSpan(new URLSearchParams("machine=m"), fixed))).toEqual(fixed);
    const follow = { kind: "follow", seconds: 3_600 } as const;
    expect(spanOf(withSpan(withSpan(new URLSearchParams(), fixed), follow))).toEqual(follow);
  });

  it("is five minutes when the address is nonsense", () => {
    expect(spanOf(new URLSearchParams("from=9&to=1"))).toEqual({ kind: "follow", seconds: 300 });
    expect(spanOf(new URLSearchParams("span=7"))).toEqual({ kind: "follow", seconds: 300 });
  });

  it("zooms around the middle, not below five seconds and not into the future", () => {
    expect(zoomed({ from: 0, to: 100_000 }, 0.5, 1e9)).toEqual({ kind: "fixed", from: 25_000, to: 75_000 });
    expect(zoomed({ from: 0, to: 6_000 }, 0.5, 1e9)).toEqual({ kind: "fixed", from: 500, to: 5_500 });
    expect(zoomed({ from: 0, to: 100_000 }, 2, 100_000)).toEqual({ kind: "fixed", from: -100_000, to: 100_000 });
  });

  it("moves by its own length, stopping at now", () => {
    expect(moved({ from: 100, to: 200 }, -0.5, 1e9)).toEqual({ kind: "fixed", from: 50, to: 150 });
    expect(moved({ from: 100, to: 200 }, 0.5, 220)).toEqual({ kind: "fixed", from: 120, to: 220 });
  });
});
