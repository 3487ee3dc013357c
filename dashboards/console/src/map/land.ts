/** The land's outline (Natural Earth 1:50m by way of world-atlas), without borders; fetched once, from this server. */
import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { flat } from "./antimeridian";
import landUrl from "world-atlas/land-50m.json?url";

let asked: Promise<FeatureCollection<Polygon | MultiPolygon>> | null = null;

async function fetchLand(): Promise<FeatureCollection<Polygon | MultiPolygon>> {
  const answer = await fetch(landUrl);
  if (!answer.ok) throw new Error(`the land's outline: HTTP ${answer.status}`);
  const topology = (await answer.json()) as Topology<{ land: GeometryCollection }>;
  const { features } = feature(topology, topology.objects.land) as FeatureCollection<Polygon | MultiPolygon>;
  return { type: "FeatureCollection", features: features.map((one) => ({ ...one, geometry: flat(one.geometry) })) };
}

/** The land as GeoJSON; an outline that cannot be had leaves the map empty but working. */
export function land(): Promise<FeatureCollection<Polygon | MultiPolygon>> {
  asked ??= fetchLand().catch(() => {
    asked = null;
    return { type: "FeatureCollection", features: [] };
  });
  return asked;
}
