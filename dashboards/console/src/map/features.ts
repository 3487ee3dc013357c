/** Pure: machines as map features, and the lines of latitude and longitude. */
import type { FeatureCollection, LineString, Point } from "geojson";
import type { Machine } from "../api/types";
import { SEVERITIES, severityRank } from "../severity/severity";

export type Places = FeatureCollection<Point, MachineFeature>;

export interface MachineFeature {
  readonly id: string;
  readonly name: string;
  /** Name of the icon. */
  readonly icon: string;
  /** The smaller, the worse: 0 critical .. 4 info, 5 online, 6 offline; a cluster has its worst machine's. */
  readonly rank: number;
  readonly selected: boolean;
  /** Degrees from north, of a machine that is under way now; null: it stands, or does not tell. */
  readonly heading: number | null;
}

/** The icons' names by rank. */
export const ICONS = [...SEVERITIES, "online", "offline"] as const;

/** Machines that have a place. */
export function machineFeatures(machines: readonly Machine[], selectedId: string | null): Places {
  return {
    type: "FeatureCollection",
    features: machines.flatMap((machine) => {
      if (machine.position === null) return [];
      const rank = rankOf(machine);
      return [
        {
          type: "Feature" as const,
          geometry: { type: "Point" as const, coordinates: [machine.position.longitude_deg, machine.position.latitude_deg] },
          properties: {
            id: machine.id,
            name: machine.name,
            icon: ICONS[rank]!,
            rank,
            selected: machine.id === selectedId,
            heading: headingOf(machine),
          },
        },
      ];
    }),
  };
}

/** Where a machine that moves is heading: told with its position or shortly before. */
export function headingOf({ online, work_state, position, signals }: Machine): number | null {
  const told = signals["heading_deg"];
  if (!online || work_state !== "travelling" || told === undefined || position === null) return null;
  const age = Date.parse(position.measured_at) - Date.parse(told.measured_at);
  return Math.abs(age) <= HEADING_HOLDS_MS ? told.value : null;
}

const HEADING_HOLDS_MS = 60_000;
const TURNED_DEG = 15;

function isTurned(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a !== b;
  return Math.abs(((a - b + 540) % 360) - 180) > TURNED_DEG;
}

function rankOf({ open_alarms: { severity }, online }: Machine): number {
  return severity === null && !online ? 6 : severityRank(severity);
}

/** Whether a map of `view` that shows `a` shows `b` too: whatever moved, moved by less than `tolerance` degrees. */
export function looksTheSame(a: Places, b: Places, view: Box, tolerance: number): boolean {
  if (a.features.length !== b.features.length) return false;
  return a.features.every(({ geometry, properties }, i) => {
    const other = b.features[i]!;
    if (properties.id !== other.properties.id || properties.name !== other.properties.name) return false;
    const [x = 0, y = 0] = geometry.coordinates;
    const [otherX = 0, otherY = 0] = other.geometry.coordinates;
    const still = Math.abs(x - otherX) < tolerance && Math.abs(y - otherY) < tolerance;
    const alike = properties.rank === other.properties.rank && properties.selected === other.properties.selected && !isTurned(properties.heading, other.properties.heading);
    if (still && alike) return true;
    return !contains(view, x, y) && !contains(view, otherX, otherY);
  });
}

/** The machines inside a box, the worst first. */
export function machinesIn(machines: readonly Machine[], box: Box): Machine[] {
  const inside = machines.filter(({ position }) => position !== null && contains(box, position.longitude_deg, position.latitude_deg));
  return inside.toSorted((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1));
}

function contains({ west, south, east, north }: Box, longitude: number, latitude: number): boolean {
  return latitude >= south && latitude <= north && [longitude, longitude + 360, longitude - 360].some((turn) => turn >= west && turn <= east);
}

export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** The box around some machines, with air; null of none. The middle of a fleet that spans the date line is not sought. */
export function boxAround(machines: readonly Machine[]): Box | null {
  const places = machines.flatMap((machine) => (machine.position === null ? [] : [machine.position]));
  if (places.length === 0) return null;
  const air = 0.02;
  const latitudes = places.map((place) => place.latitude_deg);
  const longitudes = places.map((place) => place.longitude_deg);
  return {
    west: Math.min(...longitudes) - air,
    south: Math.max(-85, Math.min(...latitudes) - air),
    east: Math.max(...longitudes) + air,
    north: Math.min(85, Math.max(...latitudes) + air),
  };
}

const STEPS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30] as const;
const MOST_LINES = 9;

export interface Grid {
  readonly step: number;
  readonly lines: FeatureCollection<LineString, null>;
  /** At the left end of parallels and the upper end of meridians. */
  readonly names: FeatureCollection<Point, { label: string; anchor: "left" | "top" }>;
}

/** The grid for a box: the finest step that draws at most nine lines in each direction. */
export function gridFor({ west, south, east, north }: Box): Grid {
  const widest = Math.max(east - west, north - south);
  const step = STEPS.find((candidate) => widest / candidate <= MOST_LINES) ?? 30;
  const lines: Grid["lines"]["features"] = [];
  const names: Grid["names"]["features"] = [];
  const line = (coordinates: [[number, number], [number, number]], anchor: "left" | "top", label: string): void => {
    lines.push({ type: "Feature", geometry: { type: "LineString", coordinates }, properties: null });
    // No name where the frame would clip it or the map's own controls stand.
    const [[x, y]] = coordinates;
    if (anchor === "top" ? x - west < 0.07 * (east - west) || east - x < 0.13 * (east - west) : y - south < 0.14 * (north - south) || north - y < 0.07 * (north - south)) return;
    names.push({ type: "Feature", geometry: { type: "Point", coordinates: coordinates[0] }, properties: { label, anchor } });
  };
  const digits = step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0;
  const degrees = (value: number, plus: string, minus: string): string => `${Math.abs(value).toFixed(digits)}°${value < 0 ? minus : plus}`;
  for (let i = Math.ceil(west / step); i * step <= east; i++) line([[i * step, north], [i * step, south]], "top", degrees(i * step, "E", "W"));
  for (let i = Math.ceil(south / step); i * step <= north; i++) line([[west, i * step], [east, i * step]], "left", degrees(i * step, "N", "S"));
  return { step, lines: { type: "FeatureCollection", features: lines }, names: { type: "FeatureCollection", features: names } };
}
