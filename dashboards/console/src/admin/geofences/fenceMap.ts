/** A map for geofences: the land, the machines for orientation, and fences with their names. */
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import type { FeatureCollection } from "geojson";
import type { Machine } from "../../api/types";
import type { Appearance } from "../../app/preferences";
import { boxAround, gridFor, machineFeatures } from "../../map/features";
import { putIcons } from "../../map/icons";
import { land } from "../../map/land";
import { newMap } from "../../map/newMap";
import { MAP_COLOURS } from "../../map/style";
import { type Bounds, boundsOf, type Fence, fencesOnMap } from "./shapes";

const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };
const CLOSEST = 16;
const NEAR = 12;
const METRES_A_PIXEL = 78_271.5; // at zoom 0, on the equator, of tiles of 512 pixels

/** A width over the ground as pixels at every zoom. */
function overGround(latitude: number): ExpressionSpecification {
  const pixels: ExpressionSpecification = ["/", ["max", ["get", "width"], 1], METRES_A_PIXEL * Math.cos((latitude * Math.PI) / 180)];
  return ["interpolate", ["exponential", 2], ["zoom"], 0, ["*", pixels, 1], 22, ["*", pixels, 2 ** 22]];
}

function source(map: MapLibre, id: string): GeoJSONSource | undefined {
  return map.getSource<GeoJSONSource>(id);
}

export interface FenceMap {
  readonly map: MapLibre;
  showFences(fences: readonly (Fence & { readonly id: string; readonly name: string })[]): void;
  showMachines(machines: readonly Machine[]): void;
  goTo(place: readonly [longitude: number, latitude: number]): void;
  /** Shows what lies within; the machines are shown until somebody says what. */
  fit(bounds: Bounds | null): void;
}

/** A map in its place, ready when the promise is; null where the browser cannot draw it. */
export async function fenceMap(place: HTMLElement, appearance: Appearance): Promise<FenceMap | null> {
  const map = newMap(place, appearance);
  if (map === null) return null;
  await new Promise<void>((resolve) => void map.once("style.load", () => resolve()));
  putIcons(map);
  const colour = MAP_COLOURS[appearance];
  map.addSource("fences", { type: "geojson", data: NOTHING });
  map.addLayer({ id: "fences-fill", type: "fill", source: "fences", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour.ring, "fill-opacity": 0.12 } });
  map.addLayer({ id: "fences-width", type: "line", source: "fences", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": colour.ring, "line-opacity": 0.18, "line-width": overGround(35) } });
  map.addLayer({ id: "fences-line", type: "line", source: "fences", paint: { "line-color": colour.ring, "line-width": 1.6 } });
  map.addLayer({
    id: "fences-name",
    type: "symbol",
    source: "fences",
    layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 12, "symbol-placement": "point" },
    paint: { "text-color": colour.label, "text-halo-color": colour.halo, "text-halo-width": 1.4 },
  });
  const drawGrid = (): void => {
    const bounds = map.getBounds();
    const { lines, names } = gridFor({ west: bounds.getWest(), south: Math.max(-85, bounds.getSouth()), east: bounds.getEast(), north: Math.min(85, bounds.getNorth()) });
    source(map, "grid")?.setData(lines);
    source(map, "grid-names")?.setData(names);
  };
  map.on("moveend", drawGrid);
  drawGrid();
  let fitted = false;
  void land().then((shape) => source(map, "land")?.setData(shape));
  return {
    map,
    showFences: (fences) => {
      const [, south, , north] = boundsOf(fences) ?? [0, 35, 0, 35];
      map.setPaintProperty("fences-width", "line-width", overGround((south + north) / 2));
      source(map, "fences")?.setData(fencesOnMap(fences));
    },
    showMachines: (machines) => {
      source(map, "machines")?.setData(machineFeatures(machines, null));
      const box = boxAround(machines);
      if (!fitted && box !== null) map.fitBounds([box.west, box.south, box.east, box.north], { padding: 40, maxZoom: NEAR, animate: false });
    },
    goTo: (place) => {
      fitted = true;
      map.jumpTo({ center: [...place], zoom: NEAR });
    },
    fit: (bounds) => {
      if (bounds === null) return;
      fitted = true;
      map.fitBounds([...bounds], { padding: 40, maxZoom: CLOSEST, animate: false });
    },
  };
}
