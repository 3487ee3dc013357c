import { expect, test } from "vitest";
import { ticksOf } from "./strip";

test("a day has every third hour of the zone, a month some midnights", () => {
  const from = Date.UTC(2026, 10, 21, 20, 15);
  const hours = ticksOf(from, from + 86_400_000, "Asia/Kolkata").map((at) => new Date(at).toISOString().slice(11, 16));
  expect(hours).toEqual(["21:30", "00:30", "03:30", "06:30", "09:30", "12:30", "15:30", "18:30"]);
  const days = ticksOf(from, from + 31 * 86_400_000, "Asia/Shanghai");
  expect(days.length).toBeLessThanOrEqual(9);
  expect(days.every((at) => new Date(at).toISOString().slice(11, 16) === "16:00")).toBe(true);
});
