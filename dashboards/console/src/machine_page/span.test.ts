import { expect, test } from "vitest";
import { daysOf, movedDays, stretchOfDays, withDays } from "./span";

const ZONE = "Asia/Shanghai";
const NOW = Date.UTC(2026, 10, 22, 20, 15, 42); // the 23rd, 04:15 in Shanghai

test("until now it is the last hours to the minute, until a day the zone's whole days", () => {
  expect(stretchOfDays({ days: 1, until: null }, NOW, ZONE)).toEqual({ from: Date.UTC(2026, 10, 21, 20, 15), to: Date.UTC(2026, 10, 22, 20, 15) });
  expect(stretchOfDays({ days: 7, until: "2026-11-20" }, NOW, ZONE)).toEqual({ from: Date.UTC(2026, 10, 13, 16), to: Date.UTC(2026, 10, 20, 16) });
  expect(stretchOfDays({ days: 1, until: "2026-11-23" }, NOW, ZONE)).toEqual({ from: Date.UTC(2026, 10, 22, 16), to: Date.UTC(2026, 10, 22, 20, 15) });
});

test("it is moved by its length and never ahead of today", () => {
  expect(movedDays({ days: 7, until: null }, -1, NOW, ZONE)).toEqual({ days: 7, until: "2026-11-16" });
  expect(movedDays({ days: 7, until: "2026-11-16" }, 1, NOW, ZONE)).toEqual({ days: 7, until: null });
});

test("the address keeps it, and nonsense is the usual", () => {
  expect(daysOf(withDays(new URLSearchParams(), { days: 31, until: "2026-11-16" }))).toEqual({ days: 31, until: "2026-11-16" });
  expect(daysOf(new URLSearchParams("days=5&until=tomorrow"), 7)).toEqual({ days: 7, until: null });
});
