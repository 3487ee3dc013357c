/** Pure: which critical alarms call now, that have not called before. */
import type { Alarm } from "../api/types";

/** Critical, open, seen by nobody, and not held back, explained by another one or found in late data. */
function calls(alarm: Alarm): boolean {
  const isQuiet = alarm.suppression !== null || alarm.inhibited_by !== null || alarm.historic;
  return alarm.severity === "critical" && alarm.lifecycle === "active_unacknowledged" && !isQuiet;
}

/** The ids of those that became known at `since` (ms, the server's clock) or later and are not among `heard`. */
export function newCalls(alarms: readonly Alarm[], heard: ReadonlySet<string>, since: number): string[] {
  return alarms.filter((alarm) => calls(alarm) && !heard.has(alarm.id) && Date.parse(alarm.committed_at) >= since).map((alarm) => alarm.id);
}
