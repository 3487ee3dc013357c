import { describe, expect, it } from "vitest";
import { byWeight, labelPlaces, limitPlaces, markersAt, mostRows, type Marker } from "./marks";

describe("what is pointed at", () => {
  const marker = (at: number, severity: Marker["severity"] = "low"): Marker => ({ at, severity, label: `${severity} ${at}` });
  const labels = (...asked: Parameters<typeof markersAt>): readonly string[] => markersAt(...asked).map(({ label }) => label);

  it("is each marker that is nearer to this reading than to any other one, the gravest first", () => {
    const markers = [marker(940), marker(1040), marker(1049, "high"), marker(1060)];
    expect(labels(markers, [900, 1000, 1100], 1, 0)).toEqual(["high 1049", "low 1040"]);
    expect(labels(markers, [900, 1000, 1100], 2, 0)).toEqual(["low 1060"]);
  });

  it("is what is within reach where readings are closer than the hand can point", () => {
    expect(labels([marker(1040), marker(1081)], [990, 1000, 1010], 1, 80)).toEqual(["low 1040"]);
  });

  it("is nothing where there is no reading", () => {
    expect(labels([marker(1)], [], 0, 100)).toEqual([]);
  });
});

describe("the labels of alarms on a chart", () => {
  it("stand to the right of their line, and to its left where the frame ends", () => {
    const [early, late] = labelPlaces([100, 390], [80, 80], 50, 400, 1);
    expect(early!.left).toBeGreaterThan(100);
    expect(late!.left + 80).toBeLessThan(390);
  });

  it("never leave the frame, however narrow it is", () => {
    const places = labelPlaces([60, 200, 249], [180, 180, 180], 50, 250, 3).filter((place) => place !== null);
    expect(places.length).toBeGreaterThan(0);
    for (const { left } of places) {
      expect(left).toBeGreaterThanOrEqual(50);
      expect(left + 180).toBeLessThanOrEqual(250);
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

  it("begin at no other's line, as whose name they would be read", () => {
    const late = labelPlaces([110, 103], [80, 80], 0, 800, 3);
    expect(late.map((place) => place?.row ?? null)).toEqual([0, null]); // it would begin at 108, where the other's line is
    expect(labelPlaces([103, 110], [80, 80], 0, 800, 3).map((place) => place?.row ?? null)).toEqual([0, 1]);
    expect(labelPlaces([150, 100], [80, 80], 0, 800, 3).map((place) => place?.row ?? null)).toEqual([0, 1]);
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

describe("the labels of limits", () => {
  const frame = { left: 50, right: 400, top: 0, bottom: 100 };
  it("stand above their line, or below it where the frame ends", () => {
    expect(limitPlaces([50, 5], [90, 90], frame)).toEqual([{ left: 54, middle: 41 }, { left: 54, middle: 14 }]);
  });

  it("of two that are close stand on either side, so that each is beside its own line", () => {
    const [low, high] = limitPlaces([60, 50], [90, 90], frame);
    expect([high!.middle, low!.middle]).toEqual([41, 69]);
  });

  it("stand beside one another where there is no room above or below, and never upon each other", () => {
    const ys = [40, 44, 48, 52];
    const places = limitPlaces(ys, ys.map(() => 60), frame);
    places.forEach((one, i) =>
      places.slice(i + 1).forEach((other) => expect(Math.abs(one.left - other.left) >= 60 || Math.abs(one.middle - other.middle) >= 15).toBe(true)),
    );
  });
});
