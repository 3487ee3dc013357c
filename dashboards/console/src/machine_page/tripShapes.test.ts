import { expect, test } from "vitest";
import type { MachineTrip } from "../api/types";
import { boxOfTrips, stands, tripEnds, tripId, tripLines } from "./tripShapes";

const trip = (from: string, to: string, latitudes: number[], longitudes: number[]): MachineTrip => ({
  from_at: from, to_at: to, start: { latitude_deg: latitudes[0]!, longitude_deg: longitudes[0]! }, end: { latitude_deg: latitudes.at(-1)!, longitude_deg: longitudes.at(-1)! },
  distance_m: 1, driving_s: 1, is_heard: true, latitude_deg: latitudes, longitude_deg: longitudes,
});
const TRIPS = [trip("2026-11-22T10:00:00Z", "2026-11-22T10:10:00Z", [31, 31.5], [121, 120.5]), trip("2026-11-22T10:40:00Z", "2026-11-22T11:00:00Z", [31.5, 31], [120.5, 121.2])];

test("a line has its points as longitude and latitude, and both its ends", () => {
  expect(tripLines(TRIPS).features[0]!.geometry.coordinates).toEqual([[121, 31], [120.5, 31.5]]);
  expect(tripEnds(TRIPS).features.map((one) => [one.properties.kind, one.geometry.coordinates])).toEqual([["start", [121, 31]], ["end", [120.5, 31.5]], ["start", [120.5, 31.5]], ["end", [121.2, 31]]]);
});

test("the box holds all, and between trips it stood", () => {
  expect(boxOfTrips(TRIPS)).toEqual({ west: 120.5, south: 31, east: 121.2, north: 31.5 });
  expect(boxOfTrips([])).toBeNull();
  expect(stands(TRIPS).map((one) => one.ms)).toEqual([1_800_000, null]);
  expect(tripId(TRIPS[0]!)).toBe(String(Date.UTC(2026, 10, 22, 10)));
});
