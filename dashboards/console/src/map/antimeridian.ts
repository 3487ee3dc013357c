/** Pure: outlines that cross the 180th meridian, laid out flat. world-atlas keeps them whole on the sphere. */
import type { MultiPolygon, Polygon, Position } from "geojson";

const POLE = 85.05; // as far as the map's projection goes

/** The ring without leaps: each longitude is within 180 degrees of the one before, so they may leave -180 .. 180. */
function unwrapped(ring: readonly Position[]): Position[] {
  let turns = 0;
  let before: number | undefined;
  return ring.map(([longitude = 0, latitude = 0]) => {
    if (before !== undefined) turns += Math.abs(longitude - before) > 180 ? (longitude < before ? 360 : -360) : 0;
    before = longitude;
    return [longitude + turns, latitude];
  });
}

/** A ring that goes once around the world (Antarctica) is closed along the pole's edge of the map. */
function closed(ring: Position[]): Position[] {
  const [first, last] = [ring[0], ring.at(-1)];
  if (first === undefined || last === undefined || Math.abs(last[0]! - first[0]!) < 180) return ring;
  const edge = first[1]! < 0 ? -POLE : POLE;
  return [...ring, [last[0]!, edge], [first[0]!, edge], first];
}

function middle(ring: readonly Position[]): number {
  const longitudes = ring.map((position) => position[0]!);
  return (Math.min(...longitudes) + Math.max(...longitudes)) / 2;
}

function moved(ring: readonly Position[], by: number): Position[] {
  return by === 0 ? [...ring] : ring.map(([longitude = 0, latitude = 0]) => [longitude + by, latitude]);
}

/** A polygon's rings laid out flat, the holes in the same turn of the world as the outline. */
export function flatRings(rings: readonly (readonly Position[])[]): Position[][] {
  const [outline, ...holes] = rings.map((ring) => closed(unwrapped(ring)));
  if (outline === undefined) return [];
  const home = -360 * Math.round(middle(outline) / 360);
  const centre = middle(outline) + home;
  return [moved(outline, home), ...holes.map((hole) => moved(hole, -360 * Math.round((middle(hole) - centre) / 360)))];
}

/** The geometry laid out flat. */
export function flat(geometry: Polygon | MultiPolygon): MultiPolygon {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return { type: "MultiPolygon", coordinates: polygons.map(flatRings) };
}
