import { describe, expect, it } from "vitest";
import { labelPlaces } from "./marks";

describe("the labels of alarms on a chart", () => {
  it("stand to the right of their line, and to its left where the frame ends", () => {
    const [early, late] = labelPlaces([100, 390], [80, 80], 50, 400);
    expect(early!.left).toBeGreaterThan(100);
    expect(late!.left + 80).toBeLessThan(390);
  });

  it("never leave the frame, however narrow it is", () => {
    for (const { left } of labelPlaces([60, 200, 249], [180, 180, 180], 50, 250)) {
      expect(left).toBeGreaterThanOrEqual(50);
      expect(left + 180).toBeLessThanOrEqual(250);
    }
  });

  it("do not cover one another", () => {
    const places = labelPlaces([100, 110, 300], [80, 80, 80], 0, 800);
    expect(places.map((place) => place.row)).toEqual([0, 1, 0]);
  });
});
