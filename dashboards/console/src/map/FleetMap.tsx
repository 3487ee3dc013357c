/** MapLibre with the fleet on it. The land comes from this server; no tile service is asked. */
import * as maplibre from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";
import type { Machine } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import type { Appearance } from "../app/preferences";
import { boxAround, gridFor, machineFeatures, type Box } from "./features";
import { putIcons } from "./icons";
import { land } from "./land";
import { mapStyle } from "./style";

maplibre.setWorkerUrl(workerUrl);

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
}

const CLOSEST_ZOOM = 13;
const MACHINE_ZOOM = 11;

function fit(map: maplibre.Map, box: Box | null, animate: boolean): void {
  if (box === null) return;
  map.fitBounds([box.west, box.south, box.east, box.north], { padding: { top: 44, bottom: 44, left: 64, right: 76 }, maxZoom: CLOSEST_ZOOM, animate });
}

function source(map: maplibre.Map, id: string): maplibre.GeoJSONSource | undefined {
  return map.getSource<maplibre.GeoJSONSource>(id);
}

function drawGrid(map: maplibre.Map): void {
  const bounds = map.getBounds();
  const box = { west: bounds.getWest(), south: Math.max(-85, bounds.getSouth()), east: bounds.getEast(), north: Math.min(85, bounds.getNorth()) };
  const { lines, names } = gridFor(box);
  source(map, "grid")?.setData(lines);
  source(map, "grid-names")?.setData(names);
}

export function FleetMap({ ref, machines, selectedId, appearance, onSelect }: FleetMapProps) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const made = useRef<maplibre.Map | null>(null);
  const latest = useRef({ machines, selectedId, onSelect });
  const ready = useRef(false);
  const drawnLast = useRef("");
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    latest.current = { machines, selectedId, onSelect };
  });

  useEffect(() => {
    if (place.current === null) return;
    const map = newMap(place.current, appearance);
    if (map === null) {
      setBroken(true);
      return;
    }
    made.current = map;
    const box = boxAround(latest.current.machines);
    fit(map, box, false);
    map.on("load", () => {
      ready.current = true;
      putIcons(map);
      void land().then((shape) => {
        source(map, "land")?.setData(shape);
        map.once("idle", () => map.getContainer().setAttribute("data-drawn", "true"));
      });
      source(map, "machines")?.setData(machineFeatures(latest.current.machines, latest.current.selectedId));
      drawGrid(map);
    });
    map.on("moveend", () => drawGrid(map));
    map.on("click", "machines", (event) => {
      const id: unknown = event.features?.[0]?.properties["id"];
      if (typeof id === "string") latest.current.onSelect(id);
    });
    map.on("mouseenter", "machines", () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", "machines", () => (map.getCanvas().style.cursor = ""));
    return () => {
      made.current = null;
      ready.current = false;
      drawnLast.current = "";
      map.remove();
    };
  }, [appearance]);

  useEffect(() => {
    const map = made.current;
    if (map === null || !ready.current) return;
    const features = machineFeatures(machines, selectedId);
    const drawn = JSON.stringify(features);
    if (drawn === drawnLast.current) return; // nothing that the map shows has changed: spare it the work
    drawnLast.current = drawn;
    source(map, "machines")?.setData(features);
  }, [machines, selectedId]);

  // A machine chosen elsewhere must be on the map: move only when it is not.
  useEffect(() => {
    const map = made.current;
    const position = latest.current.machines.find((machine) => machine.id === selectedId)?.position;
    if (map === null || !position) return;
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

/** null when this browser cannot draw it (no WebGL). */
function newMap(container: HTMLElement, appearance: Appearance): maplibre.Map | null {
  try {
    const map = new maplibre.Map({
      container,
      style: mapStyle(appearance),
      center: [105, 33],
      zoom: 3,
      maxZoom: 16,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: { compact: false },
      fadeDuration: 0,
    });
    map.touchZoomRotate.disableRotation();
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new maplibre.ScaleControl({ maxWidth: 90 }), "bottom-left");
    return map;
  } catch {
    return null;
  }
}
