/** Geofences as they are drawn and kept: circles as rings for drawing, a middle and a radius for keeping. */
import type { Feature, FeatureCollection, LineString, Point, Polygon, Position } from "geojson";

const EARTH_M = 6_371_008.8;
export const SEGMENTS = 32; // so many handles the circle has when it is dragged
const DIGITS = 7; // about a centimetre

export type FenceGeometry = Polygon | Point | LineString;
export type Shape = "polygon" | "circle" | "corridor";
export interface Fence {
  readonly geometry: FenceGeometry | null;
  readonly radius_m: number | null;
  readonly width_m: number | null;
}

const RAD = Math.PI / 180;

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS));
}

export function tidy(positions: readonly Position[]): Position[] {
  return positions.map(([longitude = 0, latitude = 0]) => [rounded(longitude), rounded(latitude)]);
}

/** Metres over a sphere; to 0.6 % of what the platform computes on the ellipsoid. */
export function distanceM([lon1 = 0, lat1 = 0]: Position, [lon2 = 0, lat2 = 0]: Position): number {
  const half = Math.sin(((lat2 - lat1) * RAD) / 2) ** 2 + Math.cos(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.sin(((lon2 - lon1) * RAD) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(half));
}

/** A closed ring around a middle. */
export function circleRing([longitude = 0, latitude = 0]: Position, radiusM: number): Position[] {
  const angle = radiusM / EARTH_M;
  const ring = Array.from({ length: SEGMENTS }, (_, step) => {
    const bearing = (2 * Math.PI * step) / SEGMENTS;
    const lat = Math.asin(Math.sin(latitude * RAD) * Math.cos(angle) + Math.cos(latitude * RAD) * Math.sin(angle) * Math.cos(bearing));
    const lon = longitude * RAD + Math.atan2(Math.sin(bearing) * Math.sin(angle) * Math.cos(latitude * RAD), Math.cos(angle) - Math.sin(latitude * RAD) * Math.sin(lat));
    return [rounded(lon / RAD), rounded(lat / RAD)];
  });
  return [...ring, ring[0] ?? [longitude, latitude]];
}

/** The middle and radius of a ring that was drawn as a circle. */
export function circleOf(ring: readonly Position[]): { middle: Position; radiusM: number } {
  const own = ring.slice(0, -1);
  const west = Math.min(...own.map(([longitude = 0]) => longitude));
  const east = Math.max(...own.map(([longitude = 0]) => longitude));
  const south = Math.min(...own.map(([, latitude = 0]) => latitude));
  const north = Math.max(...own.map(([, latitude = 0]) => latitude));
  const middle = [rounded((west + east) / 2), rounded((south + north) / 2)];
  const mean = own.reduce((sum, position) => sum + distanceM(middle, position), 0) / Math.max(1, own.length);
  return { middle, radiusM: Math.max(1, Math.round(mean)) };
}

export function shapeOf(fence: Fence): Shape | null {
  if (fence.geometry === null) return null;
  return fence.geometry.type === "Point" ? "circle" : fence.geometry.type === "LineString" ? "corridor" : "polygon";
}

/** What stands on the map for a fence, a circle as a ring. */
export function drawnOf(fence: Fence): Polygon | LineString | null {
  const { geometry, radius_m } = fence;
  if (geometry === null) return null;
  if (geometry.type === "Point") return { type: "Polygon", coordinates: [circleRing(geometry.coordinates, radius_m ?? 100)] };
  return geometry;
}

export function fencesOnMap(fences: readonly (Fence & { readonly id: string; readonly name: string })[]): FeatureCollection {
  const features = fences.flatMap((fence): Feature[] => {
    const geometry = drawnOf(fence);
    return geometry === null ? [] : [{ type: "Feature", geometry, properties: { id: fence.id, name: fence.name, width: fence.width_m ?? 0 } }];
  });
  return { type: "FeatureCollection", features };
}

export type Bounds = readonly [west: number, south: number, east: number, north: number];

export function boundsOf(fences: readonly Fence[]): Bounds | null {
  const all = fences.flatMap((fence) => {
    const drawn = drawnOf(fence);
    return drawn === null ? [] : drawn.type === "LineString" ? drawn.coordinates : drawn.coordinates.flat();
  });
  if (all.length === 0) return null;
  const longitudes = all.map(([longitude = 0]) => longitude);
  const latitudes = all.map(([, latitude = 0]) => latitude);
  return [Math.min(...longitudes), Math.min(...latitudes), Math.max(...longitudes), Math.max(...latitudes)];
}

/** The positions as people type them: a line each, latitude first as on maps and receivers; a ring without its repeated end. */
export function positionsText(fence: Fence): string {
  const { geometry } = fence;
  if (geometry === null) return "";
  const positions = geometry.type === "Point" ? [geometry.coordinates] : geometry.type === "LineString" ? geometry.coordinates : (geometry.coordinates[0] ?? []).slice(0, -1);
  return positions.map(([longitude = 0, latitude = 0]) => `${latitude}, ${longitude}`).join("\n");
}

/** The geometry of such a text; null when it is none of this shape. */
export function geometryOf(text: string, shape: Shape): FenceGeometry | null {
  const positions: Position[] = [];
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const [latitude, longitude, more] = line.split(/[,，;\s]+/).filter(Boolean).map(Number);
    if (latitude === undefined || longitude === undefined || more !== undefined || !(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return null;
    positions.push([longitude, latitude]);
  }
  const [first] = positions;
  if (first === undefined) return null;
  if (shape === "circle") return positions.length === 1 ? { type: "Point", coordinates: first } : null;
  if (shape === "corridor") return positions.length >= 2 ? { type: "LineString", coordinates: positions } : null;
  return positions.length >= 3 ? { type: "Polygon", coordinates: [[...positions, first]] } : null;
}

/** The first shape of a GeoJSON text that a geofence can be, with what it says of radius and width; null without one. */
export function fenceIn(text: string): Fence | null {
  try {
    return fenceOfTree(JSON.parse(text));
  } catch {
    return null; // no JSON
  }
}

interface Tree {
  readonly type?: string;
  readonly features?: readonly unknown[];
  readonly geometry?: unknown;
  readonly properties?: Readonly<Record<string, unknown>> | null;
  readonly coordinates?: unknown;
}

const isPosition = (found: unknown): boolean =>
  Array.isArray(found) && typeof found[0] === "number" && typeof found[1] === "number" && Math.abs(found[0]) <= 180 && Math.abs(found[1]) <= 90;
const isLine = (found: unknown, least: number): boolean => Array.isArray(found) && found.length >= least && found.every(isPosition);
const IS_WHOLE: Readonly<Record<string, (coordinates: unknown) => boolean>> = {
  Point: isPosition,
  LineString: (found) => isLine(found, 2),
  Polygon: (found) => Array.isArray(found) && found.length > 0 && found.every((ring) => isLine(ring, 4)),
};

function fenceOfTree(found: unknown): Fence | null {
  if (typeof found !== "object" || found === null) return null;
  const tree = found as Tree;
  if (tree.type === "FeatureCollection") return (tree.features ?? []).map(fenceOfTree).find((fence) => fence !== null) ?? null;
  if (tree.type === "Feature") {
    const inner = fenceOfTree(tree.geometry);
    const figure = (name: string): number | null => (typeof tree.properties?.[name] === "number" ? tree.properties[name] : null);
    return inner === null ? null : { geometry: inner.geometry, radius_m: figure("radius_m") ?? inner.radius_m, width_m: figure("width_m") ?? inner.width_m };
  }
  if (IS_WHOLE[tree.type ?? ""]?.(tree.coordinates) !== true) return null;
  return { geometry: tree as FenceGeometry, radius_m: tree.type === "Point" ? 100 : null, width_m: tree.type === "LineString" ? 20 : null };
}
