/** What a click on a cluster does: closer, until its machines stand apart; those on one spot are listed. */
import * as maplibre from "maplibre-gl";
import type { Feature, Point } from "geojson";
import type { MachineFeature } from "./features";

const MOST_LEAVES = 2_000;
const MOST_LISTED = 50;
/** Closer than this in the map's closest view, signs cover one another: they are listed, not zoomed to. */
const ONE_SPOT_M = 12;

type Leaf = Feature<Point, MachineFeature>;

/** Zooms to the machines of the cluster or, where that would not part them, lists them. */
export async function openCluster(
  map: maplibre.Map,
  source: maplibre.GeoJSONSource | undefined,
  cluster: maplibre.MapGeoJSONFeature,
  onSelect: (machineId: string) => void,
): Promise<void> {
  const leaves = (await source?.getClusterLeaves(Number(cluster.properties["cluster_id"]), MOST_LEAVES, 0)) as Leaf[] | undefined;
  if (leaves === undefined || leaves.length === 0) return;
  const bounds = new maplibre.LngLatBounds();
  for (const leaf of leaves) bounds.extend(leaf.geometry.coordinates as [number, number]);
  const closer = map.cameraForBounds(bounds, { padding: 60 });
  const spread = bounds.getSouthWest().distanceTo(bounds.getNorthEast());
  if (spread > ONE_SPOT_M && (closer?.zoom ?? 0) > map.getZoom() + 0.05) map.fitBounds(bounds, { padding: 60, duration: 500 });
  else listed(map, bounds.getCenter(), leaves, onSelect);
}

function listed(map: maplibre.Map, at: maplibre.LngLat, leaves: readonly Leaf[], onSelect: (machineId: string) => void): void {
  const popup = new maplibre.Popup({ className: "map-list", maxWidth: "240px", closeButton: false }).setLngLat(at);
  const list = document.createElement("ul");
  const worstFirst = leaves.toSorted((a, b) => a.properties.rank - b.properties.rank || (a.properties.name < b.properties.name ? -1 : 1));
  for (const { properties } of worstFirst.slice(0, MOST_LISTED)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `map-list-${properties.icon}`;
    button.textContent = properties.name;
    button.addEventListener("click", () => {
      popup.remove();
      onSelect(properties.id);
    });
    list.append(document.createElement("li"));
    list.lastElementChild?.append(button);
  }
  popup.setDOMContent(list).addTo(map);
}
