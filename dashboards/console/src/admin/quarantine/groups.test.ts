import { describe, expect, it } from "vitest";
import { grouped } from "./groups";

const entry = (terminal: string | null, reason: "clock_past" | "clock_future", replayed_at: string | null = null) => ({ terminal, reason, detail: "too far", replayed_at });

describe("entries that say the same", () => {
  it("are one as long as nothing else comes between them", () => {
    const groups = grouped([entry("a", "clock_past"), entry("a", "clock_past"), entry("b", "clock_past"), entry("a", "clock_past"), entry("a", "clock_future")]);
    expect(groups.map((group) => [group[0].terminal, group.length])).toEqual([["a", 2], ["b", 1], ["a", 1], ["a", 1]]);
  });

  it("are not one when only some of them were sent again", () => {
    expect(grouped([entry("a", "clock_past"), entry("a", "clock_past", "2026-11-22T00:00:00Z")])).toHaveLength(2);
    expect(grouped([])).toEqual([]);
  });
});
