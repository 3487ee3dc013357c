/** Signs for the map, drawn once per look: the severities' shapes, a disc for online, a ring for offline; for clusters a
 * disc in the colour of the worst, with its shape beside it so that colour is not needed to read it. */
import type { Map as MapLibre } from "maplibre-gl";
import { severityShape } from "../severity/SeverityMark";
import { SEVERITIES, type Severity } from "../severity/severity";
import { ICONS } from "./features";

const DENSITY = 2;
const MACHINE_PX = 22;
const CLUSTER_PX = 42;
const HEADING_PX = 40;

/** Draws one sign in a box of `size` x `size` pixels and gives it to the map. */
function put(map: MapLibre, name: string, size: number, draw: (ctx: CanvasRenderingContext2D) => void): void {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * DENSITY;
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  if (ctx === null) return;
  ctx.scale(DENSITY, DENSITY);
  draw(ctx);
  const image = ctx.getImageData(0, 0, size * DENSITY, size * DENSITY);
  if (map.hasImage(name)) map.removeImage(name);
  map.addImage(name, image, { pixelRatio: DENSITY });
}

interface Colours {
  readonly edge: string;
  readonly of: (icon: (typeof ICONS)[number]) => string;
}

function isSeverity(icon: (typeof ICONS)[number]): icon is Severity {
  return (SEVERITIES as readonly string[]).includes(icon);
}

function coloursNow(): Colours {
  const style = getComputedStyle(document.documentElement);
  return {
    edge: style.getPropertyValue("--map-edge"),
    of: (icon) => style.getPropertyValue(isSeverity(icon) ? `--sev-${icon}` : `--map-${icon}`),
  };
}

/** The colours of the numbers on clusters, by rank. */
export function countColours(): string[] {
  const style = getComputedStyle(document.documentElement);
  return ICONS.map((icon) => style.getPropertyValue(isSeverity(icon) ? `--sev-${icon}-on` : "--map-edge"));
}

function drawShape(ctx: CanvasRenderingContext2D, severity: Severity, { edge, of }: Colours): void {
  const shape = new Path2D(severityShape(severity));
  ctx.lineJoin = "round";
  ctx.lineWidth = 3;
  ctx.strokeStyle = edge;
  ctx.stroke(shape);
  ctx.fillStyle = of(severity);
  ctx.fill(shape);
}

function disc(middle: number, radius: number): Path2D {
  const path = new Path2D();
  path.arc(middle, middle, radius, 0, 2 * Math.PI);
  return path;
}

function drawMachine(ctx: CanvasRenderingContext2D, icon: (typeof ICONS)[number], colours: Colours): void {
  ctx.translate(3, 3);
  if (isSeverity(icon)) {
    drawShape(ctx, icon, colours);
    return;
  }
  ctx.fillStyle = colours.edge;
  ctx.fill(disc(8, icon === "online" ? 7 : 6.5));
  ctx.fillStyle = ctx.strokeStyle = colours.of(icon);
  ctx.lineWidth = 2;
  if (icon === "online") ctx.fill(disc(8, 5.2));
  else ctx.stroke(disc(8, 4.4));
}

function drawCluster(ctx: CanvasRenderingContext2D, icon: (typeof ICONS)[number], colours: Colours): void {
  const middle = CLUSTER_PX / 2;
  ctx.fillStyle = colours.edge;
  ctx.fill(disc(middle, 17));
  ctx.fillStyle = colours.of(icon);
  ctx.fill(disc(middle, 15));
  if (!isSeverity(icon)) return;
  ctx.translate(28, 1);
  ctx.scale(0.78, 0.78);
  drawShape(ctx, icon, colours);
}

/** An arrowhead outside the sign of the machine in the middle, pointing north; the map turns it. */
function drawHeading(ctx: CanvasRenderingContext2D, colour: string, edge: string): void {
  const tip = new Path2D("M20 1 26 10 20 7.6 14 10z");
  ctx.lineJoin = "round";
  ctx.lineWidth = 2.4;
  ctx.strokeStyle = edge;
  ctx.stroke(tip);
  ctx.fillStyle = colour;
  ctx.fill(tip);
}

/** Puts all signs on the map in the colours of the page's look. */
export function putIcons(map: MapLibre): void {
  const colours = coloursNow();
  put(map, "heading", HEADING_PX, (ctx) => drawHeading(ctx, colours.of("online"), colours.edge));
  for (const icon of ICONS) {
    put(map, icon, MACHINE_PX, (ctx) => drawMachine(ctx, icon, colours));
    put(map, `cluster-${icon}`, CLUSTER_PX, (ctx) => drawCluster(ctx, icon, colours));
  }
}
