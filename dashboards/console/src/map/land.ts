/** The land's outline (Natural Earth 1:50m by way of world-atlas), without borders; fetched once, from this server. */
import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { flat } from "./antimeridian";
import landUrl from "world-atlas/land-50m.json?url";

type Land = FeatureCollection<Polygon | MultiPolygon>;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

async function fetchLand(): Promise<Land> {
  const answer = await fetch(landUrl);
  if (!answer.ok) throw new Error(`the land's outline: HTTP ${answer.status}`);
  const topology = (await answer.json()) as Topology<{ land: GeometryCollection }>;
  const { features } = feature(topology, topology.objects.land) as Land;
  return { type: "FeatureCollection", features: features.map((one) => ({ ...one, geometry: flat(one.geometry) })) };
}

/** Asks until the outline has come: a page that stays open for a shift must not lack it for one lost answer. */
async function untilFetched(): Promise<Land> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await fetchLand();
    } catch {
      // The map works without the outline meanwhile.
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

let asked: Promise<Land> | null = null;

/** The land as GeoJSON, asked for once. */
export function land(): Promise<Land> {
  asked ??= untilFetched();
  return asked;
}
