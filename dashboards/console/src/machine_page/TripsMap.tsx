/** The trips on the map: a line each, an open ring where it began and a filled one where it ended. */
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MachineTrip } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import type { Appearance } from "../app/preferences";
import { gridFor } from "../map/features";
import { land } from "../map/land";
import { newMap } from "../map/newMap";
import { MAP_COLOURS } from "../map/style";
import { boxOfTrips, tripEnds, tripLines } from "./tripShapes";

interface TripsMapProps {
  readonly trips: readonly MachineTrip[];
  readonly pointed: string | null;
  /** The trip to go close to; null: all of them. */
  readonly chosen: string | null;
  readonly appearance: Appearance;
  readonly onPoint: (id: string | null) => void;
  readonly onChoose: (id: string) => void;
}

const INK = { light: { line: "#0b5cad", pointed: "#b83a76" }, dark: { line: "#6cb2f5", pointed: "#f28cba" } } as const;
const CLOSE_ZOOM = 17;

function addLayers(map: MapLibre, appearance: Appearance): void {
  const ink = INK[appearance];
  const nothing = { type: "FeatureCollection" as const, features: [] };
  map.addSource("trips", { type: "geojson", data: nothing });
  map.addSource("trip-ends", { type: "geojson", data: nothing });
  const round = { "line-cap": "round" as const, "line-join": "round" as const };
  map.addLayer({ id: "trip-halo", type: "line", source: "trips", layout: round, paint: { "line-color": MAP_COLOURS[appearance].halo, "line-width": 6 } });
  map.addLayer({ id: "trips", type: "line", source: "trips", layout: round, filter: ["get", "heard"], paint: { "line-color": ink.line, "line-width": 3 } });
  map.addLayer({ id: "trips-unheard", type: "line", source: "trips", filter: ["!", ["get", "heard"]], paint: { "line-color": ink.line, "line-width": 2, "line-dasharray": [2, 2] } });
  map.addLayer({ id: "trip-pointed", type: "line", source: "trips", layout: round, filter: ["==", ["get", "id"], ""], paint: { "line-color": ink.pointed, "line-width": 5 } });
  map.addLayer({
    id: "trip-ends", type: "circle", source: "trip-ends",
    paint: { "circle-radius": ["case", ["==", ["get", "kind"], "start"], 7, 3], "circle-color": ["case", ["==", ["get", "kind"], "start"], "rgba(0, 0, 0, 0)", ink.line], "circle-stroke-color": ink.line, "circle-stroke-width": 2 },
  });
}

function drawGrid(map: MapLibre): void {
  const bounds = map.getBounds();
  const { lines, names } = gridFor({ west: bounds.getWest(), south: Math.max(-85, bounds.getSouth()), east: bounds.getEast(), north: Math.min(85, bounds.getNorth()) });
  map.getSource<GeoJSONSource>("grid")?.setData(lines);
  map.getSource<GeoJSONSource>("grid-names")?.setData(names);
}

function show(map: MapLibre, trips: readonly MachineTrip[], animate: boolean): void {
  const box = boxOfTrips(trips);
  if (box !== null) map.fitBounds([box.west, box.south, box.east, box.north], { padding: 44, maxZoom: CLOSE_ZOOM, animate });
}

export function TripsMap({ trips, pointed, chosen, appearance, onPoint, onChoose }: TripsMapProps) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const made = useRef<MapLibre | null>(null);
  const latest = useRef({ trips, onPoint, onChoose });
  const [ready, setReady] = useState(false);
  const [isDrawn, setDrawn] = useState(false);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    latest.current = { trips, onPoint, onChoose };
  });

  useEffect(() => {
    if (place.current === null) return;
    const map = newMap(place.current, appearance);
    if (map === null) {
      setBroken(true);
      return;
    }
    made.current = map;
    show(map, latest.current.trips, false);
    map.once("style.load", () => {
      addLayers(map, appearance);
      drawGrid(map);
      setReady(true);
      void land().then((shape) => {
        if (made.current === map) map.getSource<GeoJSONSource>("land")?.setData(shape);
      });
    });
    map.on("moveend", () => drawGrid(map));
    for (const layer of ["trips", "trips-unheard", "trip-ends"]) {
      map.on("mousemove", layer, ({ features }) => {
        map.getCanvas().style.cursor = "pointer";
        latest.current.onPoint(String(features?.[0]?.properties["id"] ?? "") || null);
      });
      map.on("mouseleave", layer, () => {
        map.getCanvas().style.cursor = "";
        latest.current.onPoint(null);
      });
      map.on("click", layer, ({ features }) => features?.[0] && latest.current.onChoose(String(features[0].properties["id"])));
    }
    return () => {
      made.current = null;
      setReady(false);
      setDrawn(false);
      map.remove();
    };
  }, [appearance]);

  useEffect(() => {
    const map = made.current;
    if (map === null || !ready) return;
    map.getSource<GeoJSONSource>("trips")?.setData(tripLines(trips));
    map.getSource<GeoJSONSource>("trip-ends")?.setData(tripEnds(trips));
    map.once("idle", () => {
      map.getContainer().setAttribute("data-drawn", String(trips.length));
      setDrawn(true);
    });
  }, [trips, ready]);

  useEffect(() => {
    const map = made.current;
    if (map === null || !ready) return;
    const some = trips.filter((trip) => String(Date.parse(trip.from_at)) === chosen);
    show(map, some.length > 0 ? some : trips, true);
  }, [trips, chosen, ready]);

  useEffect(() => {
    if (ready) made.current?.setFilter("trip-pointed", ["==", ["get", "id"], pointed ?? chosen ?? ""]);
  }, [pointed, chosen, ready]);

  if (broken) return <EmptyNotice title={t("map.broken")} help={t("map.brokenHelp")} />;
  return (
    <>
      <div ref={place} className="fleet-map trips-map" role="region" aria-label={t("machinePage.tripsMap")} />
      {!isDrawn && (
        <p className="trips-drawing quiet" role="status">
          {t("machinePage.tripsDrawing")}
        </p>
      )}
    </>
  );
}
