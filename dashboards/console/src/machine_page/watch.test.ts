import { expect, test } from "vitest";
import type { Watched } from "../api/types";
import { KEPT, NOTHING, sparkPath, traceOf, withAnswer } from "./watch";

const second = (n: number): string => new Date(Date.UTC(2026, 10, 22, 10, 0, n)).toISOString();

function answer(seconds: readonly number[], values: readonly (number | null)[], more: Partial<Watched> = {}): Watched {
  return { machine_id: "m", at: seconds.map(second), received_at: seconds.map((n) => second(n + 1)), signals: { rpm: { unit: "rpm", values: [...values] } }, truncated: false, ...more };
}

test("readings come in order of measuring, each once, and are asked on from the last one received", () => {
  const first = withAnswer(NOTHING, answer([1, 2, 4], [10, 20, null]));
  const late = withAnswer(first, answer([3], [15]));
  expect(late.readings.map((reading) => reading.id)).toEqual([1, 2, 3, 4].map(second));
  expect(late.after).toBe(second(5));
  const again = withAnswer(late, answer([4, 5], [40, 50]));
  expect(traceOf(again.readings, "rpm").values).toEqual([10, 20, 15, 40, 50]);
  expect(again.units).toEqual({ rpm: "rpm" });
  expect(withAnswer(again, answer([], []))).toBe(again);
});

test("only so many are kept, and what an answer left out is told", () => {
  const many = Array.from({ length: KEPT + 5 }, (_, n) => n);
  const held = withAnswer(NOTHING, answer(many, many, { truncated: true }));
  expect([held.readings.length, held.readings[0]!.id, held.hasGap]).toEqual([KEPT, second(5), false]);
  expect(withAnswer(held, answer([700], [1], { truncated: true })).hasGap).toBe(true);
});

test("a sparkline fills its box, and a level one lies in the middle", () => {
  expect(sparkPath({ at: [0, 50, 100], values: [1, 3, 2] }, 0, 100, 80, 20)).toBe("M0.0 20.0L40.0 0.0L80.0 10.0");
  expect(sparkPath({ at: [0, 100], values: [5, 5] }, 0, 100, 80, 20)).toBe("M0.0 10.0L80.0 10.0");
  expect(sparkPath({ at: [0], values: [5] }, 0, 100, 80, 20)).toBeNull();
});
