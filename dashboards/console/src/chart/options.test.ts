import { describe, expect, it } from "vitest";
import { valueRange } from "./options";

describe("the value axis", () => {
  it("does not blow noise up", () => {
    const [low, high] = valueRange("kPa", 34, 38);
    expect(high - low).toBeGreaterThanOrEqual(50);
    expect(low).toBeLessThanOrEqual(34);
    expect(high).toBeGreaterThanOrEqual(38);
  });

  it("holds all of what is shown, and starts at nothing for what cannot be less", () => {
    const [low, high] = valueRange("rpm", 0, 2_100);
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(2_100);
    expect(valueRange("°C", -30, -10)[0]).toBeLessThan(-30);
  });

  it("is there even without data", () => {
    expect(valueRange("V", null, null)).toEqual([0, 1]);
  });
});
