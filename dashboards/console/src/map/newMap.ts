/** A MapLibre map in the page's look, with its controls. */
import * as maplibre from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Appearance } from "../app/preferences";
import { shownUnits } from "../format/value";
import { countColours } from "./icons";
import { CLOSEST_ZOOM, mapStyle } from "./style";
import "./map.css";

maplibre.setWorkerUrl(workerUrl);

/** Where machines work: a tall frame must not run on to Antarctica. */
const INHABITED: [number, number, number, number] = [-179.9, -58, 179.9, 78];

/** null when this browser cannot draw it (no WebGL). */
export function newMap(container: HTMLElement, appearance: Appearance): maplibre.Map | null {
  try {
    const map = new maplibre.Map({
      container,
      style: mapStyle(appearance, countColours()),
      center: [105, 33],
      zoom: 3,
      maxZoom: CLOSEST_ZOOM,
      maxBounds: INHABITED,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: { compact: false },
      fadeDuration: 0,
    });
    map.touchZoomRotate.disableRotation();
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new maplibre.ScaleControl({ maxWidth: 90, unit: shownUnits() }), "bottom-left");
    return map;
  } catch {
    return null;
  }
}
