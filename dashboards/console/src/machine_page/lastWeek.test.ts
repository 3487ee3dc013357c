import { expect, test } from "vitest";
import type { ChartReadings } from "../chart/series";
import { asBands, WEEK_MS, weekBefore } from "./lastWeek";

const READINGS: ChartReadings = {
  resolution: "1m", bucketS: 60, at: [0, 60_000, 120_000], pending: false,
  signals: { rpm: { unit: "rpm", mean: [10, null, 30], min: [5, null, 25], max: [15, null, 35] } },
};

test("last week lies seven days later, where it was told", () => {
  expect(weekBefore({ from: WEEK_MS, to: WEEK_MS + 5 })).toEqual({ from: 0, to: 5 });
  expect(asBands(READINGS, ["rpm", "other"])).toEqual([
    { key: "rpm", bucketMs: 60_000, at: [WEEK_MS, WEEK_MS + 120_000], low: [5, 25], middle: [10, 30], high: [15, 35] },
  ]);
});

test("a reading reaches to the usual next one, not over a silence", () => {
  const raw: ChartReadings = { ...READINGS, bucketS: null, at: [0, 2_000, 4_000, 900_000], signals: { rpm: { unit: "rpm", mean: [1, 2, 3, 4], min: null, max: null } } };
  const [band] = asBands(raw, ["rpm"]);
  expect([band!.bucketMs, band!.low, band!.high]).toEqual([2_000, [1, 2, 3, 4], [1, 2, 3, 4]]);
});
