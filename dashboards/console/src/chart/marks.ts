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

/** Where other machines stood, bucket by bucket: drawn behind the line of the same signal. */
export interface PeerBand {
  readonly key: string;
  readonly bucketMs: number;
  /** Starts of the buckets (ms), ascending. */
  readonly at: readonly number[];
  readonly low: readonly (number | null)[];
  readonly middle: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** A stretch that is marked: from when to when an alarm's condition held. */
export interface Shade {
  readonly from: number;
  readonly to: number;
  readonly severity: Severity;
}

/** The least and the greatest of bands between two instants (ms); null: nothing there. */
export function bandRange(bands: readonly PeerBand[], from: number, to: number): [number, number] | null {
  const values = bands.flatMap((band) =>
    band.at.flatMap((at, i) => (at + band.bucketMs > from && at < to ? [band.low[i], band.high[i]] : [])).filter((value) => value != null),
  );
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}

/** What lies behind the lines: the alarm's stretch, and each band with its dashed middle. */
export function drawBehind(u: uPlot, bands: readonly PeerBand[], colourOf: (key: string) => string, shade: Shade | null): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  if (shade !== null) {
    const left = u.valToPos(shade.from / 1000, "x", true);
    const right = u.valToPos(shade.to / 1000, "x", true);
    ctx.globalAlpha = 0.1;
    ctx.fillStyle = inkOf(shade.severity);
    ctx.fillRect(left, bbox.top, Math.max(devicePixelRatio, right - left), bbox.height);
  }
  for (const band of bands) drawBand(u, band, colourOf(band.key));
  ctx.restore();
}

function drawBand(u: uPlot, band: PeerBand, colour: string): void {
  const { ctx } = u;
  band.at.forEach((at, i) => {
    const [low, middle, high] = [band.low[i], band.middle[i], band.high[i]];
    if (low == null || middle == null || high == null) return;
    const left = u.valToPos(at / 1000, "x", true);
    const right = u.valToPos((at + band.bucketMs) / 1000, "x", true);
    const top = u.valToPos(high, "y", true);
    ctx.globalAlpha = 0.16;
    ctx.fillStyle = colour;
    ctx.fillRect(left, top, right - left, Math.max(devicePixelRatio, u.valToPos(low, "y", true) - top));
    ctx.globalAlpha = 0.7;
    const y = u.valToPos(middle, "y", true);
    stroke(u, [left, y], [right, y], [2, 3], colour);
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
  const { bbox } = u;
  const y = u.valToPos(limit.value, "y", true);
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  const ink = inkOf(limit.severity);
  stroke(u, [bbox.left, y], [bbox.left + bbox.width, y], [7, 3, 1.5, 3], ink);
  const middle = y - bbox.top > 17 * devicePixelRatio ? y - 9 * devicePixelRatio : y + 9 * devicePixelRatio;
  write(u, limit.label, bbox.left + 4 * devicePixelRatio, middle, ink, appearance);
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
