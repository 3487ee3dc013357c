import { expect, test } from "vitest";
import { duration } from "./duration";

test("two units say enough", () => {
  const told = [42, 60, 1_500, 3_600, 7_500, 86_400, 180_000, 172_800].map((seconds) => duration(seconds * 1000, "en-US"));
  expect(told).toEqual(["42 sec", "1 min", "25 min", "1 hr", "2 hr 05 min", "24 hr", "2 days 2 hr", "2 days"]);
  expect(duration(7_500_000, "zh-CN")).toBe("2小时 05分钟");
});
