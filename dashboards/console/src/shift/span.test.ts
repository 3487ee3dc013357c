import { describe, expect, it } from "vitest";
import type { RosterDuty } from "../api/types";
import { lookedBack, spanOf, usualEvery } from "./span";

const NOW = Date.parse("2026-11-21T10:00:30Z");
const HOUR = 3_600_000;
const at = (address: string, duty?: RosterDuty) => spanOf(new URLSearchParams(address), duty, NOW);
const seat = (id: string, from_at: string | null) => ({ seat_id: id, name: id, role: "expert" as const, now: { people: [], from_at, until: null }, next: null });
const duty: RosterDuty = { roster_id: "r", name: "r", time_zone: "UTC", at: "2026-11-21T10:00:30Z", seats: [seat("one", "2026-11-21T06:00:00Z"), seat("two", "2026-11-21T02:00:00Z")] };

describe("the span of the shift page", () => {
  it("is the last eight hours, in whole minutes", () => {
    expect(at("")).toEqual({ from: Date.parse("2026-11-21T02:00:00Z"), to: null });
    expect(at("span=24h").from).toBe(Date.parse("2026-11-20T10:00:00Z"));
  });

  it("is the turn of the seat", () => {
    expect(at("span=turn&seat=two", duty).from).toBe(Date.parse("2026-11-21T02:00:00Z"));
    expect(at("span=turn", duty).from).toBe(Date.parse("2026-11-21T06:00:00Z"));
    expect(at("span=turn", { ...duty, seats: [seat("one", null)] })).toEqual(at(""));
  });

  it("is whatever was chosen, never into the future", () => {
    expect(at(`span=own&from=${NOW - HOUR}&to=${NOW - 1}`)).toEqual({ from: NOW - HOUR, to: NOW - 1 });
    expect(at(`span=own&from=${NOW - HOUR}&to=${NOW + HOUR}`)).toEqual({ from: NOW - HOUR, to: null });
    expect(at(`span=own&from=${NOW + HOUR}`)).toEqual(at(""));
  });

  it("has a plot that is legible, and a hand-over of a week at most", () => {
    expect([24, 100, 1_000].map((hours) => usualEvery({ from: NOW - hours * HOUR, to: null }, NOW))).toEqual(["10min", "hour", "day"]);
    expect(lookedBack({ from: NOW - 1_000 * HOUR, to: null }, NOW)).toBe(NOW - 167 * HOUR);
  });
});
