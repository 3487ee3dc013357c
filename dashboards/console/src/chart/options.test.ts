import { describe, expect, it } from "vitest";
import { including, valueRange } from "./options";

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

  it("reaches to the limits of open alarms", () => {
    expect(including(20, 40, [{ value: 100 }])).toEqual([20, 100]);
    expect(including(null, null, [{ value: 100 }])).toEqual([100, 100]);
    expect(including(null, null, [])).toEqual([null, null]);
  });

  it("is there even without data", () => {
    expect(valueRange("V", null, null)).toEqual([0, 1]);
  });
});
