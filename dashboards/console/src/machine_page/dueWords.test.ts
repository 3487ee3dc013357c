import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { dueRange, isOver, leftWords } from "./dueWords";

const t = ((key: string, given: { by: string }) => `${key.split(".").at(-1)} ${given.by}`) as unknown as TFunction;

test("what is left, and what is over", () => {
  expect(leftWords({ h: 38.5, km: null, l: null, days: 122 }, "en-US", t)).toBe("38.5 h · 122 days");
  expect(leftWords({ h: -12, km: null, l: null, days: null }, "en-US", t)).toBe("over 12.0 h");
  expect(leftWords({ h: null, km: null, l: null, days: null }, "en-US", t)).toBe("–");
});

test("what is behind in anything is over", () => {
  expect(isOver({ h: 38.5, km: null, l: null, days: -1 })).toBe(true);
  expect(isOver({ h: 0, km: null, l: null, days: 3 })).toBe(false);
});

test("the expected day is a range, whatever the browser's zone", () => {
  expect(dueRange({ due_low: "2026-11-26", due_on: "2026-11-28", due_high: "2026-12-02" }, "en-US")!.replace(/\s/g, " ")).toBe("Nov 26 – Dec 2, 2026");
  expect(dueRange({ due_low: null, due_on: null, due_high: null }, "en-US")).toBeNull();
});
