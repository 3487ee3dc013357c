import { describe, expect, it } from "vitest";
import type { MissingStretch } from "../api/types";
import { joinedGaps } from "./gaps";

const gap = (from: string, to: string, reason: MissingStretch["reason"] = "engine_off", detail: string[] = []): MissingStretch => {
  const [from_at, to_at] = [`2026-11-21T${from}:00Z`, `2026-11-21T${to}:00Z`];
  return { from_at, to_at, reason, detail, minutes: (Date.parse(to_at) - Date.parse(from_at)) / 60_000 };
};
const told = (gaps: readonly MissingStretch[]) => joinedGaps(gaps).map((row) => [row.from_at.slice(11, 16), row.to_at.slice(11, 16), row.minutes, row.parts.length]);

describe("gaps that belong together", () => {
  it("are those of a parked machine that speaks each quarter of an hour", () => {
    expect(told([gap("10:00", "10:14"), gap("10:15", "10:29"), gap("10:30", "10:44")])).toEqual([["10:00", "10:44", 42, 3]]);
  });

  it("are not those between which it worked, nor those of another reason", () => {
    expect(told([gap("10:00", "10:14"), gap("10:20", "10:30")])).toHaveLength(2);
    expect(told([gap("10:00", "10:14"), gap("10:14", "10:20", "offline"), gap("10:20", "10:30")])).toHaveLength(3);
    expect(told([gap("10:00", "10:14", "refused", ["clock_past"]), gap("10:15", "10:20", "refused", ["unknown_terminal"])])).toHaveLength(2);
    expect(told([])).toEqual([]);
  });

  it("lose no minute", () => {
    const gaps = [gap("10:00", "10:14"), gap("10:15", "10:29"), gap("11:30", "11:44", "unknown"), gap("12:00", "12:01")];
    expect(joinedGaps(gaps).flatMap((row) => row.parts)).toEqual(gaps);
    expect(joinedGaps(gaps).reduce((sum, row) => sum + row.minutes, 0)).toBe(gaps.reduce((sum, one) => sum + one.minutes, 0));
  });
});
