import { expect, it } from "vitest";
import { isSought, zoneNames, zoneOf } from "./zones";

const WINTER = Date.UTC(2026, 0, 15);
const isFound = (value: string, language: string, typed: string) => isSought(zoneOf(value, language, WINTER), typed);

it("are found by place, by name in the viewer's language and by distance from UTC", () => {
  expect(isFound("America/New_York", "en-US", "new york")).toBe(true);
  expect(isFound("Asia/Shanghai", "zh-CN", "中国")).toBe(true);
  expect(isFound("Asia/Shanghai", "en-US", "asia gmt+8")).toBe(true);
  expect(isFound("Asia/Tokyo", "en-US", "asia gmt+8")).toBe(false);
});

it("hold UTC, and what an account has though the browser does not know it", () => {
  expect(zoneNames(["Mars/Olympus"])).toEqual(expect.arrayContaining(["Asia/Shanghai", "Mars/Olympus", "UTC"]));
  expect(zoneOf("Mars/Olympus", "en-US", WINTER)).toEqual({ value: "Mars/Olympus", offset: "", name: "" });
});
