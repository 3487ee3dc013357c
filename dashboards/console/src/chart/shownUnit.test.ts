import { afterEach, describe, expect, it } from "vitest";
import { showUnitsIn } from "../format/value";
import { inShownUnit } from "./shownUnit";

const line = { key: "coolant", colour: "#000", mean: [100, null, undefined, 0], min: [90, null, undefined, -40], max: null };
const drawn = { lines: [line], limits: [{ key: "coolant", value: 105, label: "" }], bands: [] } as unknown as Parameters<typeof inShownUnit>[1];

describe("what a panel draws", () => {
  afterEach(() => showUnitsIn("metric"));

  it("is what came, in metric units", () => {
    expect(inShownUnit("°C", drawn)).toBe(drawn);
  });

  it("is converted, lines and limits, with its gaps where they were", () => {
    showUnitsIn("imperial");
    const shown = inShownUnit("°F", drawn);
    expect(shown.lines[0]!.mean).toEqual([212, null, undefined, 32]);
    expect(shown.lines[0]!.min).toEqual([194, null, undefined, -40]);
    expect(shown.lines[0]!.max).toBeNull();
    expect(shown.limits[0]!.value).toBeCloseTo(221);
    expect(inShownUnit("rpm", drawn)).toBe(drawn);
  });
});
