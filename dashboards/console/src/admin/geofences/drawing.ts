/** Drawing one geofence on a map and dragging its corners, by terra-draw. */
import type { Map as MapLibre } from "maplibre-gl";
import { TerraDraw, TerraDrawCircleMode, TerraDrawLineStringMode, TerraDrawPolygonMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { circleOf, drawnOf, type Fence, SEGMENTS, type Shape, shapeOf, tidy } from "./shapes";

const MODES: Readonly<Record<Shape, string>> = { polygon: "polygon", circle: "circle", corridor: "linestring" };
const EDITED = { feature: { draggable: true, coordinates: { midpoints: true, draggable: true, deletable: true } } };

export interface Drawing {
  /** Puts this fence on the map, to be dragged; none: an empty map. */
  show(fence: Fence): void;
  /** Lets a shape be drawn, in place of what is there. */
  draw(shape: Shape): void;
  end(): void;
}

/** `onDrawn` is told what was drawn or dragged. */
export function startDrawing(map: MapLibre, colour: `#${string}`, onDrawn: (fence: Fence, finished: boolean) => void): Drawing {
  const look = { fillColor: colour, fillOpacity: 0.18, outlineColor: colour, outlineWidth: 2 } as const;
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
    modes: [
      new TerraDrawPolygonMode({ styles: look }),
      new TerraDrawCircleMode({ styles: look, segments: SEGMENTS }),
      new TerraDrawLineStringMode({ styles: { lineStringColor: colour, lineStringWidth: 3 } }),
      new TerraDrawSelectMode({
        flags: {
          polygon: EDITED,
          linestring: EDITED,
          circle: { feature: { draggable: true, coordinates: { draggable: false, midpoints: false, resizable: "center-fixed" } } },
        },
        styles: { selectedPolygonColor: colour, selectedPolygonOutlineColor: colour, selectedLineStringColor: colour, selectionPointColor: colour, midPointColor: colour },
      }),
    ],
  });
  draw.start();
  const read = (): Fence | null => {
    const found = draw.getSnapshot().find((feature) => ["polygon", "circle", "linestring"].includes(String(feature.properties["mode"])));
    if (found === undefined) return null;
    if (found.geometry.type === "LineString") return { geometry: { type: "LineString", coordinates: tidy(found.geometry.coordinates) }, radius_m: null, width_m: null };
    if (found.geometry.type !== "Polygon") return null;
    const ring = found.geometry.coordinates[0] ?? [];
    if (found.properties["mode"] === "circle") {
      const { middle, radiusM } = circleOf(ring);
      return { geometry: { type: "Point", coordinates: middle }, radius_m: radiusM, width_m: null };
    }
    return { geometry: { type: "Polygon", coordinates: [tidy(ring)] }, radius_m: null, width_m: null };
  };
  const select = (): void => {
    const id = draw.getSnapshot().find((feature) => ["polygon", "circle", "linestring"].includes(String(feature.properties["mode"])))?.id;
    draw.setMode("select");
    if (id !== undefined) draw.selectFeature(id);
  };
  draw.on("finish", () => {
    const drawn = read();
    if (drawn !== null) onDrawn(drawn, true);
    setTimeout(select);
  });
  return {
    show: (fence) => {
      const shape = shapeOf(fence);
      const geometry = drawnOf(fence);
      draw.clear();
      if (shape === null || geometry === null || (geometry.type === "Polygon" && geometry.coordinates.length > 1)) return draw.setMode("select");
      const rings = geometry.type === "Polygon" ? { type: "Polygon" as const, coordinates: [tidy(geometry.coordinates[0] ?? [])] } : { type: "LineString" as const, coordinates: tidy(geometry.coordinates) };
      draw.addFeatures([{ type: "Feature", geometry: rings, properties: { mode: MODES[shape] } }]);
      select();
    },
    draw: (shape) => {
      draw.clear();
      draw.setMode(MODES[shape]);
    },
    end: () => draw.stop(),
  };
}
