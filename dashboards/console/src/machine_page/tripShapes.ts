/** Pure: trips as shapes on a map. */
import type { FeatureCollection, LineString, Point } from "geojson";
import type { MachineTrip } from "../api/types";
import type { Box } from "../map/features";

export interface TripShape {
  readonly id: string;
  readonly heard: boolean;
}
export interface StopShape {
  readonly id: string;
  readonly kind: "start" | "end";
}

/** A trip's name on the page and in the address: when it began. */
export function tripId(trip: Pick<MachineTrip, "from_at">): string {
  return String(Date.parse(trip.from_at));
}

export function tripLines(trips: readonly MachineTrip[]): FeatureCollection<LineString, TripShape> {
  return {
    type: "FeatureCollection",
    features: trips.map((trip) => ({
      type: "Feature",
      properties: { id: tripId(trip), heard: trip.is_heard },
      geometry: { type: "LineString", coordinates: trip.latitude_deg.map((latitude, i) => [trip.longitude_deg[i]!, latitude]) },
    })),
  };
}

export function tripEnds(trips: readonly MachineTrip[]): FeatureCollection<Point, StopShape> {
  return {
    type: "FeatureCollection",
    features: trips.flatMap((trip) =>
      (["start", "end"] as const).map((kind) => ({
        type: "Feature" as const,
        properties: { id: tripId(trip), kind },
        geometry: { type: "Point" as const, coordinates: [trip[kind].longitude_deg, trip[kind].latitude_deg] },
      })),
    ),
  };
}

/** The box around trips; null around none. */
export function boxOfTrips(trips: readonly MachineTrip[]): Box | null {
  const latitudes = trips.flatMap((trip) => trip.latitude_deg);
  const longitudes = trips.flatMap((trip) => trip.longitude_deg);
  if (latitudes.length === 0) return null;
  const ends = (values: readonly number[]): [number, number] => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const [south, north] = ends(latitudes);
  const [west, east] = ends(longitudes);
  return { west, south, east, north };
}

export interface Stand {
  /** After the trip of the same place in the list; null after the last one. */
  readonly ms: number | null;
}

/** How long the machine stood after each trip until the next one. */
export function stands(trips: readonly MachineTrip[]): Stand[] {
  return trips.map((trip, i) => ({ ms: trips[i + 1] === undefined ? null : Date.parse(trips[i + 1]!.from_at) - Date.parse(trip.to_at) }));
}
