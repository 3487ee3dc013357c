/** Pure: in which order the alarm list stands. */
import type { Alarm } from "../api/types";
import { severityRank } from "../severity/severity";

export type AlarmSort = "newest" | "severity";

function newestFirst(a: Alarm, b: Alarm): number {
  return Date.parse(b.committed_at) - Date.parse(a.committed_at) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

/** The list in the order asked for: newest first, or the worst first and the newest first among equals. */
export function ordered(alarms: readonly Alarm[], sort: AlarmSort): Alarm[] {
  return alarms.toSorted((a, b) =>
    sort === "newest" ? newestFirst(a, b) : severityRank(a.severity) - severityRank(b.severity) || newestFirst(a, b),
  );
}
