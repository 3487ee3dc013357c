/** Pure: the readings of a machine that is watched, as they came. */
import type { Watched } from "../api/types";

/** One stored reading: when it was measured and received (ms), and what it carried. */
export interface WatchedReading {
  readonly id: string;
  readonly at: number;
  readonly receivedAt: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface Watch {
  /** In order of measuring, the newest last. */
  readonly readings: readonly WatchedReading[];
  readonly units: Readonly<Record<string, string>>;
  /** The latest receiving, as the API wrote it; asked on from there. */
  readonly after: string | null;
  /** Readings that the answers left out, because more came than are asked for at once. */
  readonly hasGap: boolean;
}

export const KEPT = 600;
export const NOTHING: Watch = { readings: [], units: {}, after: null, hasGap: false };

/** `held` with an answer's readings: one that came again, with more values for instance, takes its own place. */
export function withAnswer(held: Watch, answer: Watched): Watch {
  if (answer.at.length === 0) return held;
  const known = new Map(held.readings.map((reading) => [reading.id, reading]));
  answer.at.forEach((id, i) => {
    const values: Record<string, number> = {};
    for (const [key, signal] of Object.entries(answer.signals)) {
      const value = signal.values[i];
      if (value !== null && value !== undefined) values[key] = value;
    }
    known.set(id, { id, at: Date.parse(id), receivedAt: Date.parse(answer.received_at[i]!), values });
  });
  const readings = [...known.values()].sort((a, b) => a.at - b.at).slice(-KEPT);
  const units = { ...held.units, ...Object.fromEntries(Object.entries(answer.signals).map(([key, signal]) => [key, signal.unit])) };
  const latest = answer.received_at.reduce((a, b) => (Date.parse(a) >= Date.parse(b) ? a : b));
  const after = held.after !== null && Date.parse(held.after) > Date.parse(latest) ? held.after : latest;
  return { readings, units, after, hasGap: held.hasGap || (answer.truncated && held.after !== null) };
}

export interface Trace {
  readonly at: number[];
  readonly values: number[];
}

/** A signal's values in the readings, those that carried it. */
export function traceOf(readings: readonly WatchedReading[], key: string): Trace {
  const trace: Trace = { at: [], values: [] };
  for (const reading of readings) {
    const value = reading.values[key];
    if (value === undefined) continue;
    trace.at.push(reading.at);
    trace.values.push(value);
  }
  return trace;
}

/** An SVG path of a trace in a box, over the time `from` .. `to`; null for fewer than two points. A level line lies in the middle. */
export function sparkPath({ at, values }: Trace, from: number, to: number, width: number, height: number): string | null {
  if (at.length < 2 || to <= from) return null;
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  const points = at.map((instant, i) => {
    const x = ((instant - from) / (to - from)) * width;
    const y = range === 0 ? height / 2 : height - ((values[i]! - low) / range) * height;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}
