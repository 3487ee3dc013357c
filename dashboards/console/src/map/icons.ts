/** Machine signs for the map, drawn once per look: the severities' shapes, a disc for online, a ring for offline. */
import type { Map as MapLibre } from "maplibre-gl";
import { severityShape } from "../severity/SeverityMark";
import { SEVERITIES } from "../severity/severity";

const SIZE = 22;
const DENSITY = 2;

function drawing(): CanvasRenderingContext2D | null {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * DENSITY;
  return canvas.getContext("2d", { willReadFrequently: true });
}

function put(map: MapLibre, name: string, draw: (ctx: CanvasRenderingContext2D) => void): void {
  const ctx = drawing();
  if (ctx === null) return;
  ctx.scale((SIZE * DENSITY) / 22, (SIZE * DENSITY) / 22);
  ctx.translate(3, 3);
  draw(ctx);
  const image = ctx.getImageData(0, 0, SIZE * DENSITY, SIZE * DENSITY);
  if (map.hasImage(name)) map.removeImage(name);
  map.addImage(name, image, { pixelRatio: DENSITY });
}

/** Puts all signs on the map in the colours of the page's look. */
export function putIcons(map: MapLibre): void {
  const style = getComputedStyle(document.documentElement);
  const edge = style.getPropertyValue("--map-edge");
  for (const severity of SEVERITIES)
    put(map, severity, (ctx) => {
      const shape = new Path2D(severityShape(severity));
      ctx.lineJoin = "round";
      ctx.lineWidth = 3;
      ctx.strokeStyle = edge;
      ctx.stroke(shape);
      ctx.fillStyle = style.getPropertyValue(`--sev-${severity}`);
      ctx.fill(shape);
    });
  const disc = (radius: number): Path2D => {
    const path = new Path2D();
    path.arc(8, 8, radius, 0, 2 * Math.PI);
    return path;
  };
  put(map, "online", (ctx) => {
    ctx.fillStyle = edge;
    ctx.fill(disc(7));
    ctx.fillStyle = style.getPropertyValue("--map-online");
    ctx.fill(disc(5.2));
  });
  put(map, "offline", (ctx) => {
    ctx.fillStyle = edge;
    ctx.fill(disc(6.5));
    ctx.strokeStyle = style.getPropertyValue("--map-offline");
    ctx.lineWidth = 2;
    ctx.stroke(disc(4.4));
  });
}
