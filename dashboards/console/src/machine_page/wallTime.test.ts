import { expect, test } from "vitest";
import { dayLater, dayOf, instantOf, wallOf } from "./wallTime";

test("a wall's time and its instant are each other's, in zones with half hours and over changes of the clock", () => {
  for (const zone of ["Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "America/St_Johns", "UTC"])
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 37 * 3_600_000 + 61_000) {
      const back = instantOf(wallOf(at, zone), zone);
      expect(wallOf(back, zone)).toBe(wallOf(at, zone));
      expect(Math.abs(back - at)).toBeLessThanOrEqual(3_600_000); // the hour that a zone has twice
    }
});

test("the zone's day, not the browser's", () => {
  expect(dayOf(Date.UTC(2026, 10, 22, 17), "Asia/Shanghai")).toBe("2026-11-23");
  expect(instantOf("2026-11-23T00:00", "Asia/Shanghai")).toBe(Date.UTC(2026, 10, 22, 16));
  expect(instantOf("nonsense", "UTC")).toBeNaN();
  expect(dayLater("2026-02-28", 1)).toBe("2026-03-01");
});
