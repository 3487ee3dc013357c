/** What the chart shows: the last so many seconds, moving, or a fixed stretch. Kept in the address. */

export interface FollowSpan {
  readonly kind: "follow";
  readonly seconds: number;
}
export interface FixedSpan {
  readonly kind: "fixed";
  readonly from: number;
  readonly to: number;
}
export type ChartSpan = FollowSpan | FixedSpan;

export const FOLLOW_SECONDS = [300, 900, 3_600, 21_600, 86_400, 604_800] as const;
const SHORTEST_MS = 5_000;
const LONGEST_MS = 366 * 86_400_000;

/** The span an address asks for; five minutes when it asks for none or for nonsense. */
export function spanOf(search: URLSearchParams): ChartSpan {
  const from = Number(search.get("from"));
  const to = Number(search.get("to"));
  if (search.has("from") && Number.isFinite(from) && Number.isFinite(to) && to - from >= 1) return { kind: "fixed", from, to };
  const asked = Number(search.get("span"));
  return { kind: "follow", seconds: FOLLOW_SECONDS.find((seconds) => seconds === asked) ?? FOLLOW_SECONDS[0] };
}

/** `search` with the span in it. Going back to following keeps the length chosen last. */
export function withSpan(search: URLSearchParams, span: ChartSpan): URLSearchParams {
  const after = new URLSearchParams(search);
  after.delete("from");
  after.delete("to");
  if (span.kind === "follow") after.set("span", String(span.seconds));
  else {
    after.set("from", String(Math.round(span.from)));
    after.set("to", String(Math.round(span.to)));
  }
  return after;
}

/** The stretch a span covers at `now` (ms). */
export function stretchOf(span: ChartSpan, now: number): { from: number; to: number } {
  return span.kind === "fixed" ? span : { from: now - span.seconds * 1000, to: now };
}

/** The stretch `factor` times as long around the same middle; 0.5 zooms in. Never into the future. */
export function zoomed(stretch: { from: number; to: number }, factor: number, now: number): FixedSpan {
  const middle = (stretch.from + stretch.to) / 2;
  const half = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (stretch.to - stretch.from) * factor)) / 2;
  return notAhead(middle - half, middle + half, now);
}

/** The stretch moved by `share` of its length; negative is earlier. Never into the future. */
export function moved(stretch: { from: number; to: number }, share: number, now: number): FixedSpan {
  const by = (stretch.to - stretch.from) * share;
  return notAhead(stretch.from + by, stretch.to + by, now);
}

function notAhead(from: number, to: number, now: number): FixedSpan {
  const over = Math.max(0, to - now);
  return { kind: "fixed", from: from - over, to: to - over };
}
