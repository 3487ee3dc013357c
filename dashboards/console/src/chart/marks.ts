/** What stands on a chart beside its lines: when alarms began, and the limits of their rules. Drawn on uPlot's canvas. */
import type uPlot from "uplot";
import type { Severity } from "../severity/severity";
import { chartColours, surfaceColour } from "./palette";
import type { Appearance } from "../app/preferences";

/** An alarm's beginning: an upright line, named above the uppermost panel. */
export interface Marker {
  readonly at: number;
  readonly severity: Severity;
  readonly label: string;
}

/** A limit of an open alarm's rule: a level line across the panel of its signal. */
export interface LimitLine {
  readonly key: string;
  readonly value: number;
  readonly severity: Severity;
  readonly label: string;
}

export interface Place {
  readonly left: number;
  readonly row: number;
}

const GAP_PX = 5;

/**
 * Where labels of widths `widths` stand beside upright lines at `xs`, all in pixels: to the right of the line, to its
 * left where the frame (`left` .. `right`) ends, and a row lower where another label is in the way.
 */
export function labelPlaces(xs: readonly number[], widths: readonly number[], left: number, right: number): Place[] {
  const taken: { from: number; to: number; row: number }[] = [];
  return xs.map((x, i) => {
    const width = widths[i]!;
    const beside = x + GAP_PX + width <= right ? x + GAP_PX : x - GAP_PX - width;
    const from = Math.max(left, Math.min(beside, right - width));
    let row = 0;
    while (taken.some((other) => other.row === row && from < other.to + GAP_PX && other.from < from + width + GAP_PX)) row++;
    taken.push({ from, to: from + width, row });
    return { left: from, row };
  });
}

interface Marks {
  readonly markers: readonly Marker[];
  readonly limits: readonly LimitLine[];
  /** The uppermost panel carries the markers' labels. */
  readonly labelled: boolean;
  readonly appearance: Appearance;
}

export function drawMarks(u: uPlot, { markers, limits, labelled, appearance }: Marks): void {
  const { ctx } = u;
  ctx.save();
  ctx.font = chartColours(appearance).font.replace(/^\d+px/, `600 ${11 * devicePixelRatio}px`);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const limit of limits) drawLimit(u, limit, appearance);
  drawMarkers(u, markers, labelled, appearance);
  ctx.restore();
}

function inkOf(severity: Severity): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--sev-${severity}-ink`);
}

function stroke(u: uPlot, from: [number, number], to: [number, number], dash: readonly number[], ink: string): void {
  const { ctx } = u;
  ctx.strokeStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

/** Text on a plate of the panel's colour, so that what is behind does not disturb it. */
function write(u: uPlot, text: string, left: number, middle: number, ink: string, appearance: Appearance): void {
  const { ctx } = u;
  const half = 7.5 * devicePixelRatio;
  const air = 3 * devicePixelRatio;
  ctx.globalAlpha = 0.85;
  ctx.fillStyle = surfaceColour(appearance);
  ctx.fillRect(left - air, middle - half, ctx.measureText(text).width + 2 * air, 2 * half);
  ctx.globalAlpha = 1;
  ctx.fillStyle = ink;
  ctx.fillText(text, left, middle);
}

function drawLimit(u: uPlot, limit: LimitLine, appearance: Appearance): void {
  const { bbox, ctx } = u;
  const y = u.valToPos(limit.value, "y", true);
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  const ink = inkOf(limit.severity);
  stroke(u, [bbox.left, y], [bbox.left + bbox.width, y], [7, 3, 1.5, 3], ink);
  const middle = y - bbox.top > 17 * devicePixelRatio ? y - 9 * devicePixelRatio : y + 9 * devicePixelRatio;
  const width = ctx.measureText(limit.label).width;
  write(u, limit.label, bbox.left + bbox.width - width - 4 * devicePixelRatio, middle, ink, appearance);
}

function drawMarkers(u: uPlot, markers: readonly Marker[], labelled: boolean, appearance: Appearance): void {
  const { ctx, bbox } = u;
  const seen = markers
    .map((marker) => ({ marker, x: u.valToPos(marker.at / 1000, "x", true) }))
    .filter(({ x }) => x >= bbox.left && x <= bbox.left + bbox.width);
  for (const { marker, x } of seen) stroke(u, [x, bbox.top], [x, bbox.top + bbox.height], [4, 3], inkOf(marker.severity));
  if (!labelled) return;
  const xs = seen.map(({ x }) => x);
  const widths = seen.map(({ marker }) => ctx.measureText(marker.label).width);
  labelPlaces(xs, widths, bbox.left, bbox.left + bbox.width).forEach(({ left, row }, i) => {
    const { severity, label } = seen[i]!.marker;
    write(u, label, left, bbox.top + (16 * row - 8) * devicePixelRatio, inkOf(severity), appearance);
  });
}
