import { describe, expect, it } from "vitest";
import { boundsOf, circleOf, circleRing, distanceM, fenceIn, geometryOf, positionsText, shapeOf } from "./shapes";

describe("a circle", () => {
  it("is a ring when it is drawn, and its middle and radius again afterwards", () => {
    const cases: readonly (readonly [number[], number])[] = [[[117.2, 34.2], 250], [[9, 60], 5_000]];
    for (const [middle, radius] of cases) {
      const ring = circleRing(middle, radius);
      expect(ring.at(0)).toEqual(ring.at(-1));
      const found = circleOf(ring);
      expect(distanceM(found.middle, middle)).toBeLessThan(radius * 0.002);
      expect(Math.abs(found.radiusM - radius)).toBeLessThan(radius * 0.002 + 1);
    }
  });
});

describe("positions as text", () => {
  it("are latitude first, and the same geometry again", () => {
    const fence = { geometry: { type: "Polygon" as const, coordinates: [[[1, 2], [3, 2], [3, 4], [1, 2]]] }, radius_m: null, width_m: null };
    expect(positionsText(fence)).toBe("2, 1\n2, 3\n4, 3");
    expect(geometryOf(positionsText(fence), "polygon")).toEqual(fence.geometry);
    expect(geometryOf("34.2 117.2", "circle")).toEqual({ type: "Point", coordinates: [117.2, 34.2] });
    expect(geometryOf("1, 2\n3, 4", "corridor")).toEqual({ type: "LineString", coordinates: [[2, 1], [4, 3]] });
  });
  it("are refused where they are none of the shape", () => {
    expect([geometryOf("1, 2\n3, 4", "polygon"), geometryOf("91, 0", "circle"), geometryOf("a, b", "circle"), geometryOf("", "corridor")]).toEqual([null, null, null, null]);
  });
});

describe("a GeoJSON file", () => {
  it("gives its first shape with its radius or width", () => {
    const point = { type: "Feature", geometry: { type: "Point", coordinates: [1, 2] }, properties: { radius_m: 40 } };
    const found = fenceIn(JSON.stringify({ type: "FeatureCollection", features: [{ type: "Feature", geometry: null }, point] }));
    expect(found).toEqual({ geometry: { type: "Point", coordinates: [1, 2] }, radius_m: 40, width_m: null });
    expect(found && shapeOf(found)).toBe("circle");
    expect([fenceIn("no"), fenceIn('{"type":"MultiPoint","coordinates":[]}'), fenceIn('{"type":"FeatureCollection","features":[]}'), fenceIn('{"type":"Feature","geometry":null}'), fenceIn("null"), fenceIn("7")]).toEqual(Array(6).fill(null));
  });
  it("gives nothing where its positions are none", () => {
    for (const [type, coordinates] of [["Polygon", undefined], ["Polygon", []], ["Polygon", [[]]], ["Polygon", [[[0, 0], [1, 0], [0, 0]]]], ["Point", ["a", "b"]], ["Point", [121, 300]], ["Point", [382_000, 3_450_000]], ["LineString", [[1, 2]]]])
      expect(fenceIn(JSON.stringify({ type, coordinates })), `${type} ${JSON.stringify(coordinates)}`).toBeNull();
  });
  it("has bounds", () => {
    expect(boundsOf([])).toBeNull();
    expect(boundsOf([{ geometry: { type: "LineString", coordinates: [[1, 5], [3, 2]] }, radius_m: null, width_m: 10 }])).toEqual([1, 2, 3, 5]);
  });
});
