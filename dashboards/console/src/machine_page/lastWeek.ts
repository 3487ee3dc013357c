/** Pure: the same machine seven days before, laid beside its readings of now. */
import type { PeerBand } from "../chart/marks";
import { breakAfterMs, type ChartReadings } from "../chart/series";

export const WEEK_MS = 7 * 86_400_000;

/** The stretch seven days before. */
export function weekBefore({ from, to }: { from: number; to: number }): { from: number; to: number } {
  return { from: from - WEEK_MS, to: to - WEEK_MS };
}

/** How wide each value is drawn: its bucket or, of readings, up to the usual next one. */
function widthOf(readings: ChartReadings): number {
  if (readings.bucketS !== null) return readings.bucketS * 1000;
  const steps = readings.at.slice(1).map((at, i) => at - readings.at[i]!).sort((a, b) => a - b);
  return Math.min(steps[Math.floor(steps.length / 2)] ?? 1000, breakAfterMs(readings));
}

/** Last week's readings as bands behind the lines of now: least, mean and greatest of each bucket, seven days later. */
export function asBands(readings: ChartReadings, keys: readonly string[]): PeerBand[] {
  const bucketMs = widthOf(readings);
  return keys.flatMap((key) => {
    const series = readings.signals[key];
    if (series === undefined) return [];
    const told = readings.at.flatMap((_, i) => (series.mean[i] == null ? [] : [i]));
    const pick = (values: readonly (number | null)[]): (number | null)[] => told.map((i) => values[i] ?? null);
    return [
      {
        key,
        bucketMs,
        at: told.map((i) => readings.at[i]! + WEEK_MS),
        low: pick(series.min ?? series.mean),
        middle: pick(series.mean),
        high: pick(series.max ?? series.mean),
      },
    ];
  });
}
