import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { describe, expect, it } from "vitest";
import raw from "world-atlas/land-50m.json?raw";
import { flat, flatRings } from "./antimeridian";

describe("outlines across the 180th meridian", () => {
  it("go on beyond it instead of leaping around the world", () => {
    const [ring] = flatRings([[[150, 60], [-170, 60], [-170, 70], [150, 70], [150, 60]]]);
    expect(ring!.map((position) => position[0])).toEqual([150, 190, 190, 150, 150]);
  });

  it("keep a hole inside its outline", () => {
    const [, hole] = flatRings([
      [[150, 60], [-170, 60], [-170, 70], [150, 70], [150, 60]],
      [[-175, 64], [-174, 64], [-174, 65], [-175, 64]],
    ]);
    expect(hole![0]![0]).toBe(185);
  });

  it("close around the pole when they go once around the world", () => {
    const [ring] = flatRings([[[-180, -70], [-60, -70], [60, -70], [180, -70]]]);
    expect(ring).toContainEqual([180, -85.05]);
    expect(ring!.at(-1)).toEqual(ring![0]);
  });

  it("never leap in the land that the map draws", () => {
    const topology = JSON.parse(raw) as Topology<{ land: GeometryCollection }>;
    const land = feature(topology, topology.objects.land) as FeatureCollection<Polygon | MultiPolygon>;
    const leaps = (shape: MultiPolygon): number =>
      shape.coordinates.flat().reduce((count, ring) => {
        const steps = ring.slice(1).map((position, i) => Math.abs(position[0]! - ring[i]![0]!));
        const around = ring.some((position) => Math.abs(position[1]!) === 85.05);
        return count + (around ? 0 : steps.filter((step) => step > 180).length);
      }, 0);
    expect(land.features.reduce((count, one) => count + leaps(flat(one.geometry)), 0)).toBe(0);
  });
});
