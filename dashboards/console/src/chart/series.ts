/** Pure: readings as the chart keeps them, how a live tail is added, and where a line must break. */
import type { Readings } from "../api/types";

export interface SignalSeries {
  readonly unit: string;
  readonly mean: readonly (number | null)[];
  /** null: every point is one reading, there is no envelope. */
  readonly min: readonly (number | null)[] | null;
  readonly max: readonly (number | null)[] | null;
}

export interface ChartReadings {
  readonly resolution: Readings["resolution"];
  readonly bucketS: number | null;
  /** Milliseconds since 1970, ascending. */
  readonly at: readonly number[];
  readonly signals: Readonly<Record<string, SignalSeries>>;
  readonly pending: boolean;
}

/** An API answer as the chart keeps it. */
export function fromAnswer(answer: Readings): ChartReadings {
  return {
    resolution: answer.resolution,
    bucketS: answer.bucket_s,
    at: answer.at.map((text) => Date.parse(text)),
    signals: answer.signals,
    pending: answer.pending,
  };
}

/**
 * `held` continued by `tail`: from the tail's first asked instant on, the tail is right. Rows before `keepFrom` go.
 * Only for answers whose points are readings.
 */
export function withTail(held: ChartReadings, tail: ChartReadings, tailFrom: number, keepFrom: number): ChartReadings {
  const kept = held.at.flatMap((at, i) => (at >= keepFrom && at < tailFrom ? [i] : []));
  const added = tail.at.flatMap((at, i) => (at >= tailFrom && at >= keepFrom ? [i] : []));
  const pick = (key: string): (number | null)[] => [
    ...kept.map((i) => held.signals[key]?.mean[i] ?? null),
    ...added.map((i) => tail.signals[key]?.mean[i] ?? null),
  ];
  const keys = new Set([...Object.keys(held.signals), ...Object.keys(tail.signals)]);
  const signals: Record<string, SignalSeries> = {};
  for (const key of keys) {
    const unit = held.signals[key]?.unit ?? tail.signals[key]?.unit ?? "";
    signals[key] = { unit, mean: pick(key), min: null, max: null };
  }
  const at = [...kept.map((i) => held.at[i]!), ...added.map((i) => tail.at[i]!)];
  return { resolution: held.resolution, bucketS: held.bucketS, at, signals, pending: tail.pending };
}

const LEAST_BREAK_MS = 15_000;

/** How long the machine may be silent before lines break: three buckets, or for readings three usual steps of this terminal. */
export function breakAfterMs({ bucketS, at }: ChartReadings): number {
  return bucketS === null ? Math.max(LEAST_BREAK_MS, 3 * usualStepMs(at)) : bucketS * 3_000;
}

/** The same for one signal, which may come less often than the others. */
export function breakAfterOf(readings: ChartReadings, values: readonly (number | null)[]): number {
  const { bucketS, at } = readings;
  const machine = breakAfterMs(readings);
  return bucketS === null ? Math.max(machine, 3 * usualStepMs(at.filter((_, i) => values[i] != null))) : machine;
}

/** The median distance of ascending instants; 0 of fewer than two. */
function usualStepMs(at: readonly number[]): number {
  const steps = at.slice(1).map((instant, i) => instant - at[i]!);
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
}

/** Which values stand alone, between two breaks: a line would not show them. */
export function aloneIn(values: readonly (number | null | undefined)[]): number[] {
  const alone: number[] = [];
  let before: number | null = null; // the last row that says something of this line
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === undefined) continue;
    if (value === null && before !== null && isLone(before)) alone.push(before);
    before = i;
  }
  if (before !== null && isLone(before)) alone.push(before);
  return alone;

  function isLone(i: number): boolean {
    if (values[i] == null) return false;
    let earlier = i - 1;
    while (earlier >= 0 && values[earlier] === undefined) earlier--;
    return earlier < 0 || values[earlier] === null;
  }
}

/**
 * A signal's points for uPlot: `undefined` where only this row lacks the signal (the line goes on), `null` while the
 * signal is silent for longer than `breakAfter` ms (the line breaks). Give it instants `withSilences`.
 */
export function withBreaks(
  at: readonly number[],
  values: readonly (number | null)[],
  breakAfter: number,
): (number | null | undefined)[] {
  const result: (number | null | undefined)[] = values.map((value) => value ?? undefined);
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null || values[i] === undefined) continue;
    if (last >= 0 && at[i]! - at[last]! > breakAfter) result.fill(null, last + 1, i);
    last = i;
  }
  return result;
}

/** The instants with one more inside every silence longer than `breakAfter` ms, so that a break has a place to be. */
export function withSilences(readings: ChartReadings, breakAfter: number): ChartReadings {
  const { at } = readings;
  const order: number[] = []; // index into `at`, or -1 for an added instant
  const instants: number[] = [];
  at.forEach((instant, i) => {
    const before = at[i - 1];
    if (before !== undefined && instant - before > breakAfter) {
      order.push(-1);
      instants.push(before + Math.round(breakAfter / 2));
    }
    order.push(i);
    instants.push(instant);
  });
  if (instants.length === at.length) return readings;
  const spread = (values: readonly (number | null)[]): (number | null)[] => order.map((i) => (i < 0 ? null : (values[i] ?? null)));
  const signals = Object.fromEntries(
    Object.entries(readings.signals).map(([key, series]): [string, SignalSeries] => [
      key,
      {
        unit: series.unit,
        mean: spread(series.mean),
        min: series.min === null ? null : spread(series.min),
        max: series.max === null ? null : spread(series.max),
      },
    ]),
  );
  return { ...readings, at: instants, signals };
}

export interface UnitPanel {
  readonly unit: string;
  readonly keys: string[];
}

/** One panel per unit, in the order in which the signals were chosen. */
export function panelsOf(keys: readonly string[], unitOf: (key: string) => string): UnitPanel[] {
  const panels: UnitPanel[] = [];
  for (const key of keys) {
    const unit = unitOf(key);
    const panel = panels.find((candidate) => candidate.unit === unit);
    if (panel === undefined) panels.push({ unit, keys: [key] });
    else panel.keys.push(key);
  }
  return panels;
}
