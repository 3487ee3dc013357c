/** What stands on a chart beside its lines: when alarms began, and the limits of their rules. Drawn on uPlot's canvas. */
import type uPlot from "uplot";
import { SEVERITIES, type Severity } from "../severity/severity";
import { chartColours, surfaceColour } from "./palette";
import type { Appearance } from "../app/preferences";

/** An alarm's beginning: an upright line through all panels, named above the uppermost. */
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
  /** 0 is next to the frame, the others stand above it. */
  readonly row: number;
}

/** What there is to write of the markers in sight. */
export interface Labels {
  readonly places: readonly (Place & { readonly marker: Marker; readonly x: number })[];
  readonly rows: number;
  /** How many markers have no room for their label. */
  readonly unnamed: number;
}

const GAP_PX = 5;
const ROW_PX = 16;
const MOST_ROWS = 3;
const LEAST_PLOT_PX = 72;

/** How many rows of labels a panel of this height has room for, above its lines. */
export function mostRows(heightPx: number): number {
  return Math.max(1, Math.min(MOST_ROWS, Math.floor((heightPx - LEAST_PLOT_PX) / ROW_PX)));
}

/** Which markers come first where there is no room for all: the gravest, of these the newest. */
export function byWeight(a: Marker, b: Marker): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.at - a.at;
}

/**
 * Where labels of widths `widths` stand beside upright lines at `xs`, all in pixels: to the right of the line, to its
 * left where the frame (`left` .. `right`) ends, and a row higher where the label of an earlier one is in the way;
 * null: no room in any of `rows` rows.
 */
export function labelPlaces(xs: readonly number[], widths: readonly number[], left: number, right: number, rows: number): (Place | null)[] {
  const taken: { from: number; to: number; row: number }[] = [];
  return xs.map((x, i) => {
    const width = widths[i]!;
    const beside = x + GAP_PX + width <= right ? x + GAP_PX : x - GAP_PX - width;
    const from = Math.max(left, Math.min(beside, right - width));
    let row = 0;
    while (taken.some((other) => other.row === row && from < other.to + GAP_PX && other.from < from + width + GAP_PX)) row++;
    if (row >= rows) return null;
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

/** The room above the uppermost panel's frame, in pixels, that the labels of its markers take. uPlot asks before it is whole: a row. */
export function labelRoom(u: Partial<uPlot>, markers: readonly Marker[], appearance: Appearance): number {
  if (markers.length === 0) return 8;
  if (!isWhole(u)) return ROW_PX + 2;
  const { rows } = lettered(u, appearance, () => labelsOf(u, markers, mostRows(u.height)));
  return ROW_PX * Math.max(1, rows) + 2;
}

export function drawMarks(u: uPlot, { markers, limits, labelled, appearance }: Marks): void {
  lettered(u, appearance, () => {
    for (const limit of limits) drawLimit(u, limit, appearance);
    drawMarkers(u, markers, labelled, appearance);
  });
}

function isWhole(u: Partial<uPlot>): u is uPlot {
  return u.valToPos !== undefined;
}

function lettered<T>(u: uPlot, appearance: Appearance, act: () => T): T {
  const { ctx } = u;
  ctx.save();
  ctx.font = chartColours(appearance).font.replace(/^\d+px/, `600 ${11 * devicePixelRatio}px`);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  try {
    return act();
  } finally {
    ctx.restore();
  }
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

function inSight({ bbox }: uPlot, x: number): boolean {
  return x >= bbox.left && x <= bbox.left + bbox.width;
}

/** `most` rows at most; pixels of the canvas. */
function labelsOf(u: uPlot, markers: readonly Marker[], most: number): Labels {
  const { ctx, bbox } = u;
  const seen = markers
    .toSorted(byWeight)
    .map((marker) => ({ marker, x: u.valToPos(marker.at / 1000, "x", true) }))
    .filter(({ x }) => inSight(u, x));
  const widths = seen.map(({ marker }) => ctx.measureText(marker.label).width);
  const places = labelPlaces(seen.map(({ x }) => x), widths, bbox.left, bbox.left + bbox.width, most).flatMap((place, i) =>
    place === null ? [] : [{ ...place, ...seen[i]! }],
  );
  return { places, rows: Math.max(0, ...places.map(({ row }) => row + 1)), unnamed: seen.length - places.length };
}

/** Labels stand above the frame, never over a line; how many have no room there is told at its end. */
function drawMarkers(u: uPlot, markers: readonly Marker[], labelled: boolean, appearance: Appearance): void {
  const { bbox } = u;
  const bottom = bbox.top + bbox.height;
  for (const { at, severity } of markers) {
    const x = u.valToPos(at / 1000, "x", true);
    if (inSight(u, x)) stroke(u, [x, bbox.top], [x, bottom], [4, 3], inkOf(severity));
  }
  if (!labelled) return;
  const { places, unnamed } = labelsOf(u, markers, Math.floor(bbox.top / devicePixelRatio / ROW_PX));
  const heightOf = (row: number): number => bbox.top - (ROW_PX * row + 8) * devicePixelRatio;
  for (const { marker, x, row } of places) stroke(u, [x, heightOf(row)], [x, bbox.top], [], inkOf(marker.severity));
  for (const { marker, left, row } of places) write(u, marker.label, left, heightOf(row), inkOf(marker.severity), appearance);
  if (unnamed > 0) write(u, `+${unnamed}`, bbox.left + bbox.width + 4 * devicePixelRatio, heightOf(0), chartColours(appearance).text, appearance);
}
