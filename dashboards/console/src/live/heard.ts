/** The alarms the live line brought lately, so that a list fetched meanwhile does not lose them. */
import type { Alarm } from "../api/types";

const KEPT_MS = 120_000;
const heard = new Map<string, { alarm: Alarm; at: number }>();

/** Notes an alarm as heard at `now` (ms) and forgets those heard long ago. */
export function hear(alarm: Alarm, now: number): void {
  heard.delete(alarm.id);
  heard.set(alarm.id, { alarm, at: now });
  for (const [id, entry] of heard) {
    if (entry.at > now - KEPT_MS) break;
    heard.delete(id);
  }
}

/** The alarms heard at `since` (ms) or later, by id. */
export function heardSince(since: number): Map<string, Alarm> {
  return new Map([...heard].filter(([, entry]) => entry.at >= since).map(([id, entry]) => [id, entry.alarm]));
}
