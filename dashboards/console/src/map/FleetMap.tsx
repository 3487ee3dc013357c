/** MapLibre with the fleet on it. The land comes from this server; no tile service is asked. */
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";
import type { Machine } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import type { Appearance } from "../app/preferences";
import { openCluster } from "./cluster";
import { boxAround, gridFor, looksTheSame, machineFeatures, type Box, type Places } from "./features";
import { putIcons } from "./icons";
import { land } from "./land";
import { newMap } from "./newMap";

export interface FleetMapHandle {
  showAll: () => void;
  showMachine: () => void;
}

interface FleetMapProps {
  readonly ref: Ref<FleetMapHandle>;
  readonly machines: readonly Machine[];
  readonly selectedId: string | null;
  readonly appearance: Appearance;
  readonly onSelect: (machineId: string) => void;
  /** What the map shows now. */
  readonly onView: (box: Box) => void;
}

const FLEET_ZOOM = 13;
const MACHINE_ZOOM = 11;
const FEW = 500;
const MANY = 2_000;
const MOVED_PX = 2;

void land(); // its answer is on its way while the map's own code starts

/** How long the map at least keeps what it shows: of many machines some always change, and clustering them costs. */
function restMs(count: number): number {
  return count > MANY ? 6_000 : count > FEW ? 3_000 : 1_000;
}

function fit(map: MapLibre, box: Box | null, animate: boolean): void {
  if (box === null) return;
  const side = Math.min(64, map.getContainer().clientWidth * 0.1);
  map.fitBounds([box.west, box.south, box.east, box.north], { padding: { top: 44, bottom: 44, left: side, right: side }, maxZoom: FLEET_ZOOM, animate });
}

function degreesOf(pixels: number, zoom: number): number {
  return (pixels * 360) / (512 * 2 ** zoom);
}

function source(map: MapLibre, id: string): GeoJSONSource | undefined {
  return map.getSource<GeoJSONSource>(id);
}

function boxOf(map: MapLibre): Box {
  const bounds = map.getBounds();
  return { west: bounds.getWest(), south: Math.max(-85, bounds.getSouth()), east: bounds.getEast(), north: Math.min(85, bounds.getNorth()) };
}

function drawGrid(map: MapLibre, box: Box): void {
  const { lines, names } = gridFor(box);
  source(map, "grid")?.setData(lines);
  source(map, "grid-names")?.setData(names);
}

export function FleetMap({ ref, machines, selectedId, appearance, onSelect, onView }: FleetMapProps) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const made = useRef<MapLibre | null>(null);
  const latest = useRef({ machines, selectedId, onSelect, onView });
  const drawn = useRef<{ places: Places; at: number } | null>(null); // null: the map is not ready
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    latest.current = { machines, selectedId, onSelect, onView };
  });

  /** Gives the map the machines as they are, if that changes anything it shows. */
  const draw = (map: MapLibre): void => {
    if (drawn.current === null) return;
    const places = machineFeatures(latest.current.machines, latest.current.selectedId);
    const same = looksTheSame(drawn.current.places, places, boxOf(map), degreesOf(MOVED_PX, map.getZoom()));
    drawn.current = { places: same ? drawn.current.places : places, at: Date.now() };
    if (!same) source(map, "machines")?.setData(places);
  };

  useEffect(() => {
    if (place.current === null) return;
    const map = newMap(place.current, appearance);
    if (map === null) {
      setBroken(true);
      return;
    }
    made.current = map;
    fit(map, boxAround(latest.current.machines), false);
    const moved = (): void => {
      drawGrid(map, boxOf(map));
      draw(map);
      latest.current.onView(boxOf(map));
    };
    // Not 'load', which waits for a whole drawing of the empty map: on a busy computer that is seconds.
    map.once("style.load", () => {
      putIcons(map);
      const places = machineFeatures(latest.current.machines, latest.current.selectedId);
      source(map, "machines")?.setData(places);
      drawn.current = { places, at: Date.now() };
      void land().then((shape) => {
        if (made.current !== map) return;
        source(map, "land")?.setData(shape);
        map.once("idle", () => map.getContainer().setAttribute("data-drawn", "true"));
      });
      moved();
    });
    map.on("moveend", moved);
    const select = (id: string): void => latest.current.onSelect(id);
    map.on("click", "machines", ({ features }) => {
      const id: unknown = features?.[0]?.properties["id"];
      if (typeof id === "string") select(id);
    });
    map.on("click", "clusters", ({ features }) => {
      const cluster = features?.[0];
      if (cluster) void openCluster(map, source(map, "machines"), cluster, select);
    });
    for (const layer of ["machines", "clusters"]) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
    return () => {
      made.current = null;
      drawn.current = null;
      map.remove();
    };
  }, [appearance]);

  useEffect(() => {
    const due = (drawn.current?.at ?? 0) + restMs(machines.length) - Date.now();
    const timer = setTimeout(() => made.current && draw(made.current), Math.max(0, due));
    return () => clearTimeout(timer);
  }, [machines]);

  // A machine chosen elsewhere must be on the map: marked at once, and moved to only when it is out of sight.
  useEffect(() => {
    const map = made.current;
    if (map === null || drawn.current === null) return;
    draw(map);
    const position = latest.current.machines.find((machine) => machine.id === selectedId)?.position;
    if (!position) return;
    const point: [number, number] = [position.longitude_deg, position.latitude_deg];
    if (!map.getBounds().contains(point)) map.easeTo({ center: point, duration: 400 });
  }, [selectedId]);

  useImperativeHandle(ref, () => ({
    showAll: () => made.current && fit(made.current, boxAround(latest.current.machines), true),
    showMachine: () => {
      const { machines: all, selectedId: id } = latest.current;
      const position = all.find((machine) => machine.id === id)?.position;
      if (position) made.current?.easeTo({ center: [position.longitude_deg, position.latitude_deg], zoom: MACHINE_ZOOM });
    },
  }));

  if (broken) return <EmptyNotice title={t("map.broken")} help={t("map.brokenHelp")} />;
  return <div ref={place} className="fleet-map" role="region" aria-label={t("map.label")} />;
}
