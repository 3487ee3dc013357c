/** Pure: what a panel draws, in the unit in which the viewer reads values. Readings come in the catalogue's. */
import { intoShown } from "../format/value";
import type { LimitLine, PeerBand } from "./marks";
import type { ChartLine } from "./options";

type Values = readonly (number | null | undefined)[];

interface Drawn {
  readonly lines: readonly ChartLine[];
  readonly limits: readonly LimitLine[];
  readonly bands: readonly PeerBand[];
}

/** `unit` is the shown one's word; where it is the catalogue's own, what is drawn is the same object. */
export function inShownUnit(unit: string, drawn: Drawn): Drawn {
  const into = intoShown(unit);
  if (into === null) return drawn;
  const all = <T extends Values | null>(values: T): T => (values?.map((value) => (value == null ? value : into(value))) ?? null) as T;
  return {
    lines: drawn.lines.map((line) => ({ ...line, mean: all(line.mean), min: all(line.min), max: all(line.max) })),
    limits: drawn.limits.map((limit) => ({ ...limit, value: into(limit.value) })),
    bands: drawn.bands.map((band) => ({ ...band, low: all(band.low), middle: all(band.middle), high: all(band.high) })),
  };
}
