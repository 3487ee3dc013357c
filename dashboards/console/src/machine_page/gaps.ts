/** Pure: gaps that belong together, told as one. */
import type { MissingStretch } from "../api/types";

/** A parked machine says that it lives, for a minute or so, and is silent again. */
const HEARD_MS = 5 * 60_000;

/** Gaps of one reason, between which little was heard; of one gap alone that one. */
export interface GapRow {
  readonly from_at: string;
  readonly to_at: string;
  readonly reason: MissingStretch["reason"];
  readonly detail: readonly string[];
  /** Missing ones. */
  readonly minutes: number;
  readonly parts: readonly MissingStretch[];
}

function goOn(before: MissingStretch, next: MissingStretch): boolean {
  return before.reason === next.reason && before.detail.join() === next.detail.join() && Date.parse(next.from_at) - Date.parse(before.to_at) <= HEARD_MS;
}

/** `gaps` in order of time, neighbours of one reason as one row. */
export function joinedGaps(gaps: readonly MissingStretch[]): GapRow[] {
  const groups: MissingStretch[][] = [];
  for (const gap of gaps) {
    const group = groups.at(-1);
    if (group !== undefined && goOn(group.at(-1)!, gap)) group.push(gap);
    else groups.push([gap]);
  }
  return groups.map((parts) => ({
    from_at: parts[0]!.from_at,
    to_at: parts.at(-1)!.to_at,
    reason: parts[0]!.reason,
    detail: parts[0]!.detail,
    minutes: parts.reduce((sum, part) => sum + part.minutes, 0),
    parts,
  }));
}
