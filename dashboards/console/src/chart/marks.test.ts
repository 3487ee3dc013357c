import { describe, expect, it } from "vitest";
import { byWeight, labelPlaces, mostRows, type Marker } from "./marks";

describe("the labels of alarms on a chart", () => {
  it("stand to the right of their line, and to its left where the frame ends", () => {
    const [early, late] = labelPlaces([100, 390], [80, 80], 50, 400, 1);
    expect(early!.left).toBeGreaterThan(100);
    expect(late!.left + 80).toBeLessThan(390);
  });

  it("never leave the frame, however narrow it is", () => {
    for (const place of labelPlaces([60, 200, 249], [180, 180, 180], 50, 250, 3)) {
      expect(place!.left).toBeGreaterThanOrEqual(50);
      expect(place!.left + 180).toBeLessThanOrEqual(250);
    }
  });

  it("do not cover one another", () => {
    const places = labelPlaces([100, 110, 300], [80, 80, 80], 0, 800, 2);
    expect(places.map((place) => place!.row)).toEqual([0, 1, 0]);
  });

  it("are left out where no row has room, and a later one that has room stands all the same", () => {
    const places = labelPlaces([100, 110, 120, 300], [80, 80, 80, 80], 0, 800, 2);
    expect(places.map((place) => place?.row ?? null)).toEqual([0, 1, null, 0]);
  });

  it("are those of the gravest alarms first, then of the newest", () => {
    const one = (at: number, severity: Marker["severity"]): Marker => ({ at, severity, label: "" });
    const sorted = [one(1, "low"), one(2, "critical"), one(3, "low"), one(1, "critical")].toSorted(byWeight);
    expect(sorted.map(({ at, severity }) => `${severity} ${at}`)).toEqual(["critical 2", "critical 1", "low 3", "low 1"]);
  });

  it("leave a low panel its lines", () => {
    expect([84, 110, 400].map(mostRows)).toEqual([1, 2, 3]);
  });
});
