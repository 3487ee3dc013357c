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
  /** 0 is the uppermost. */
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

/** The markers that are pointed at with the reading at `at[index]`: nearer to it than to any other one, or within `reachMs`. */
export function markersAt(markers: readonly Marker[], at: readonly number[], index: number, reachMs: number): readonly Marker[] {
  const here = at[index];
  if (here === undefined) return [];
  const from = Math.min(here - reachMs, (here + (at[index - 1] ?? here)) / 2);
  const to = Math.max(here + reachMs, (here + (at[index + 1] ?? here)) / 2);
  return markers.filter((marker) => marker.at >= from && marker.at <= to).toSorted(byWeight);
}

/**
 * Where labels of widths `widths` stand beside upright lines at `xs`, all in pixels: to the right of the line, to its
 * left where the frame (`left` .. `right`) ends; and a row lower where another label is in the way, or where a label
 * would begin at the line that leads from another one down to the frame, and be read as its name. null: no room in any
 * of `rows` rows.
 */
export function labelPlaces(xs: readonly number[], widths: readonly number[], left: number, right: number, rows: number): (Place | null)[] {
  const taken: { x: number; from: number; to: number; row: number }[] = [];
  return xs.map((x, i) => {
    const width = widths[i]!;
    const beside = x + GAP_PX + width <= right ? x + GAP_PX : x - GAP_PX - width;
    const from = Math.max(left, Math.min(beside, right - width));
    const to = from + width;
    const isFree = (row: number): boolean =>
      taken.every((other) => {
        if (other.row === row) return from >= other.to + GAP_PX || other.from >= to + GAP_PX;
        const [leader, label] = other.row < row ? [other.x, from] : [x, other.from];
        return leader <= label - GAP_PX || leader >= label + 2 * GAP_PX;
      });
    for (let row = 0; row < rows; row++)
      if (isFree(row)) {
        taken.push({ x, from, to, row });
        return { left: from, row };
      }
    return null;
  });
}

export interface LimitPlace {
  readonly left: number;
  readonly middle: number;
}

const HALF_PX = 7.5;
const BESIDE_PX = 9;

/**
 * Where labels of limits at heights `ys` stand within a frame, all in pixels: above their line or below it, where neither
 * another label nor another limit is in between; beside other labels where there is no such place at the left.
 */
export function limitPlaces(ys: readonly number[], widths: readonly number[], frame: { left: number; right: number; top: number; bottom: number }, scale = 1): LimitPlace[] {
  const [half, beside, gap] = [HALF_PX * scale, BESIDE_PX * scale, 8 * scale];
  const placed: (LimitPlace & { readonly width: number })[] = [];
  const place = (y: number, width: number): LimitPlace => {
    const lefts = [frame.left + gap / 2, ...placed.map((other) => other.left + other.width + gap)].toSorted((a, b) => a - b);
    const candidates = lefts.flatMap((left) => [-beside, beside].map((from) => ({ left, middle: y + from })));
    const isApart = ({ left, middle }: LimitPlace): boolean =>
      placed.every((other) => Math.abs(other.middle - middle) >= 2 * half || left >= other.left + other.width || other.left >= left + width);
    const isWithin = ({ left, middle }: LimitPlace): boolean => middle - half >= frame.top && middle + half <= frame.bottom && left + width <= frame.right;
    const isItsOwn = ({ middle }: LimitPlace): boolean => ys.every((other) => other === y || Math.abs(other - middle) > Math.max(half, Math.abs(y - middle)));
    const good = candidates.filter(isApart);
    return good.find((one) => isWithin(one) && isItsOwn(one)) ?? good.find(isWithin) ?? good[0] ?? candidates[0]!;
  };
  const order = ys.map((_, i) => i).toSorted((a, b) => ys[a]! - ys[b]!);
  const places = new Map(
    order.map((i) => {
      const found = place(ys[i]!, widths[i]!);
      placed.push({ ...found, width: widths[i]! });
      return [i, found];
    }),
  );
  return ys.map((_, i) => places.get(i)!);
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
    drawLimits(u, limits, appearance);
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

function drawLimits(u: uPlot, limits: readonly LimitLine[], appearance: Appearance): void {
  const { ctx, bbox } = u;
  const [right, bottom] = [bbox.left + bbox.width, bbox.top + bbox.height];
  const seen = limits.map((limit) => ({ limit, y: u.valToPos(limit.value, "y", true) })).filter(({ y }) => y >= bbox.top && y <= bottom);
  for (const { limit, y } of seen) stroke(u, [bbox.left, y], [right, y], [7, 3, 1.5, 3], inkOf(limit.severity));
  const widths = seen.map(({ limit }) => ctx.measureText(limit.label).width);
  const places = limitPlaces(seen.map(({ y }) => y), widths, { left: bbox.left, right, top: bbox.top, bottom }, devicePixelRatio);
  places.forEach(({ left, middle }, i) => write(u, seen[i]!.limit.label, left, middle, inkOf(seen[i]!.limit.severity), appearance));
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
  const rows = Math.max(0, ...places.map(({ row }) => row + 1));
  return { places, rows, unnamed: seen.length - places.length };
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
  const { places, rows, unnamed } = labelsOf(u, markers, Math.floor(bbox.top / devicePixelRatio / ROW_PX));
  const heightOf = (row: number): number => bbox.top - (ROW_PX * (rows - 1 - row) + 8) * devicePixelRatio;
  for (const { marker, x, row } of places) stroke(u, [x, heightOf(row)], [x, bbox.top], [], inkOf(marker.severity));
  for (const { marker, left, row } of places) write(u, marker.label, left, heightOf(row), inkOf(marker.severity), appearance);
  if (unnamed > 0) write(u, `+${unnamed}`, bbox.left + bbox.width + 4 * devicePixelRatio, heightOf(rows - 1), chartColours(appearance).text, appearance);
}
