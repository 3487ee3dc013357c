/** The map's style: land, grid, machines, and clusters where they stand close together. Nothing is fetched from anywhere but this server. */
import type { ExpressionSpecification, StyleSpecification } from "maplibre-gl";
import type { Appearance } from "../app/preferences";
import { ICONS } from "./features";

export const MAP_COLOURS = {
  light: { water: "#dce5ec", land: "#f6f7f5", shore: "#9fb0bd", grid: "#c4cfd8", label: "#4a5764", halo: "#ffffff", ring: "#0b5cad" },
  dark: { water: "#0a1015", land: "#1a232b", shore: "#425361", grid: "#273542", label: "#a9b6c2", halo: "#10161c", ring: "#6cb2f5" },
} as const;

const NOTHING = { type: "FeatureCollection" as const, features: [] };
const FONT = ["sans-serif"];
export const CLOSEST_ZOOM = 18;
const CLOSEST_CLUSTER_ZOOM = CLOSEST_ZOOM - 1;
const CLUSTERED: ExpressionSpecification = ["has", "point_count"];
/** A cluster's size by how many it stands for. */
const SIZE: ExpressionSpecification = ["step", ["coalesce", ["get", "point_count"], 1], 1, 100, 1.2, 1000, 1.4];

/** `countColours`: of the numbers on clusters, by rank. */
export function mapStyle(appearance: Appearance, countColours: string[]): StyleSpecification {
  const colour = MAP_COLOURS[appearance];
  return {
    version: 8,
    sources: {
      land: { type: "geojson", data: NOTHING, attribution: "Natural Earth", maxzoom: 8 },
      grid: { type: "geojson", data: NOTHING },
      "grid-names": { type: "geojson", data: NOTHING },
      machines: {
        type: "geojson",
        data: NOTHING,
        cluster: true,
        clusterRadius: 36,
        clusterMaxZoom: CLOSEST_CLUSTER_ZOOM,
        clusterProperties: {
          rank: ["min", ["get", "rank"]],
          selected: ["any", ["get", "selected"]],
          name: ["concat", ["case", ["get", "selected"], ["get", "name"], ""]],
        },
      },
    },
    layers: [
      { id: "water", type: "background", paint: { "background-color": colour.water } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": colour.land } },
      { id: "shore", type: "line", source: "land", paint: { "line-color": colour.shore, "line-width": 1 } },
      { id: "grid", type: "line", source: "grid", paint: { "line-color": colour.grid, "line-width": 0.7 } },
      {
        id: "grid-names",
        type: "symbol",
        source: "grid-names",
        layout: {
          "text-field": ["get", "label"],
          "text-anchor": ["get", "anchor"],
          "text-offset": [0.3, 0.3],
          "text-size": 10,
          "text-font": FONT,
          "text-allow-overlap": true,
          "text-ignore-placement": true,
        },
        paint: { "text-color": colour.label, "text-halo-color": colour.halo, "text-halo-width": 1 },
      },
      {
        id: "selected",
        type: "circle",
        source: "machines",
        filter: ["get", "selected"],
        paint: {
          "circle-radius": ["case", CLUSTERED, ["*", 20, SIZE], 15],
          "circle-color": "transparent",
          "circle-stroke-color": colour.ring,
          "circle-stroke-width": 2.5,
        },
      },
      {
        id: "machine-names",
        type: "symbol",
        source: "machines",
        layout: {
          "symbol-sort-key": ["+", ["get", "rank"], ["case", ["get", "selected"], -10, 0]],
          "text-field": ["get", "name"],
          "text-font": FONT,
          "text-size": 11,
          "text-variable-anchor": ["top", "bottom"],
          "text-radial-offset": ["case", CLUSTERED, 2.3, 1.35],
          "text-max-width": 14,
        },
        paint: { "text-color": colour.label, "text-halo-color": colour.halo, "text-halo-width": 1.4 },
      },
      {
        id: "machines",
        type: "symbol",
        source: "machines",
        filter: ["!", CLUSTERED],
        layout: {
          "icon-image": ["get", "icon"],
          "icon-allow-overlap": true,
          "icon-padding": 0,
          "symbol-sort-key": ["-", 0, ["get", "rank"]],
        },
      },
      {
        id: "headings",
        type: "symbol",
        source: "machines",
        filter: ["all", ["!", CLUSTERED], ["has", "heading"], ["!=", ["get", "heading"], null]],
        layout: {
          "icon-image": "heading",
          "icon-rotate": ["coalesce", ["get", "heading"], 0],
          "icon-rotation-alignment": "map",
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          "icon-padding": 0,
        },
      },
      {
        id: "clusters",
        type: "symbol",
        source: "machines",
        filter: CLUSTERED,
        layout: {
          "icon-image": ["concat", "cluster-", ["at", ["get", "rank"], ["literal", [...ICONS]]]],
          "icon-size": SIZE,
          "icon-allow-overlap": true,
          "icon-padding": 0,
          "text-field": ["get", "point_count_abbreviated"],
          "text-font": FONT,
          "text-size": ["*", 13, SIZE],
          "text-allow-overlap": true,
          "symbol-sort-key": ["-", 0, ["get", "rank"]],
        },
        paint: { "text-color": ["to-color", ["at", ["get", "rank"], ["literal", countColours]]] },
      },
    ],
  };
}
