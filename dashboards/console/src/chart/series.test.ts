import { describe, expect, it } from "vitest";
import { aloneIn, breakAfterMs, breakAfterOf, panelsOf, withBreaks, withSilences, withTail, type ChartReadings } from "./series";

const raw = (at: number[], values: (number | null)[]): ChartReadings => ({
  resolution: "raw",
  bucketS: null,
  at,
  signals: { x: { unit: "kPa", mean: values, min: null, max: null } },
  pending: false,
});

describe("a live tail", () => {
  it("replaces what it covers, keeps what came before and lets the oldest go", () => {
    const result = withTail(raw([1, 2, 3, 4], [10, 20, 30, 40]), raw([3, 4, 5], [31, 41, 50]), 3, 2);
    expect(result.at).toEqual([2, 3, 4, 5]);
    expect(result.signals["x"]?.mean).toEqual([20, 31, 41, 50]);
  });

  it("keeps a signal that the tail lacks", () => {
    const tail: ChartReadings = { ...raw([5], [1]), signals: {} };
    const result = withTail(raw([4], [9]), tail, 5, 0);
    expect(result.signals["x"]?.mean).toEqual([9, null]);
  });
});

describe("lines and their breaks", () => {
  it("goes on over rows that only lack this signal", () => {
    expect(withBreaks([0, 1_000, 2_000], [5, null, 6], 15_000)).toEqual([5, undefined, 6]);
  });

  it("breaks where the signal was silent for long", () => {
    expect(withBreaks([0, 10_000, 30_000, 31_000], [5, null, 6, 7], 15_000)).toEqual([5, null, 6, 7]);
  });

  it("stays broken over all of a silence, whatever rows lie in it", () => {
    expect(withBreaks([0, 1_000, 20_000, 40_000], [5, null, null, 6], 15_000)).toEqual([5, null, null, 6]);
  });

  it("has a place to break when the machine sent nothing at all", () => {
    const spread = withSilences(raw([0, 1_000, 61_000], [1, 2, 3]), 15_000);
    expect(spread.at).toEqual([0, 1_000, 8_500, 61_000]);
    expect(withBreaks(spread.at, spread.signals["x"]!.mean, 15_000)).toEqual([1, 2, null, 3]);
  });

  it("goes on where the terminal reports once a minute, and where one signal comes less often than the others", () => {
    const minutes = raw([0, 60_000, 120_000, 180_000], [1, 2, 3, 4]);
    expect(breakAfterMs(minutes)).toBe(180_000);
    const seconds = Array.from({ length: 121 }, (_, i) => i * 1_000);
    const fuel = seconds.map((at) => (at % 30_000 === 0 ? 50 : null));
    expect([breakAfterMs(raw(seconds, fuel)), breakAfterOf(raw(seconds, fuel), fuel)]).toEqual([15_000, 90_000]);
    expect(breakAfterMs({ ...minutes, bucketS: 600 })).toBe(1_800_000);
    expect(breakAfterMs(raw([], []))).toBe(15_000);
  });

  it("shows as a point what stands alone between two breaks", () => {
    expect(aloneIn([5, null, 6, undefined, null, 7, undefined, 8, null, undefined, 9])).toEqual([0, 2, 10]);
    expect([aloneIn([1]), aloneIn([]), aloneIn([undefined, null]), aloneIn([1, 2])]).toEqual([[0], [], [], []]);
  });

  it("leaves an unbroken series as it is", () => {
    const whole = raw([0, 1_000], [1, 2]);
    expect(withSilences(whole, breakAfterMs(whole))).toBe(whole);
  });
});

describe("panels", () => {
  it("puts signals of one unit together, in the order chosen", () => {
    const units: Record<string, string> = { a: "degC", b: "kPa", c: "degC" };
    expect(panelsOf(["a", "b", "c"], (key) => units[key] ?? "")).toEqual([
      { unit: "degC", keys: ["a", "c"] },
      { unit: "kPa", keys: ["b"] },
    ]);
  });
});
