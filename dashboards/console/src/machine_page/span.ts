/** Pure: which days a part of the page is about, as the address says: the last so many until now, or until a day's end. */
import { dayLater, dayOf, instantOf } from "./wallTime";

export const LENGTHS = [1, 7, 31] as const;
export type Length = (typeof LENGTHS)[number];
const MINUTE_MS = 60_000;

export interface Days {
  readonly days: Length;
  /** The last day (2026-11-22); null: until now. */
  readonly until: string | null;
}

/** What the address asks for; one day until now when it asks for none or for nonsense. */
export function daysOf(search: URLSearchParams, usual: Length = 1): Days {
  const until = search.get("until") ?? "";
  return {
    days: LENGTHS.find((days) => String(days) === search.get("days")) ?? usual,
    until: /^\d{4}-\d\d-\d\d$/.test(until) && !Number.isNaN(Date.parse(until)) ? until : null,
  };
}

/** `search` about other days. */
export function withDays(search: URLSearchParams, { days, until }: Days): URLSearchParams {
  const after = new URLSearchParams(search);
  after.set("days", String(days));
  if (until === null) after.delete("until");
  else after.set("until", until);
  return after;
}

/** The stretch in milliseconds, whole minutes, never into the future. */
export function stretchOfDays({ days, until }: Days, now: number, zone: string): { from: number; to: number } {
  const latest = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  if (until === null || until > dayOf(now, zone)) return { from: latest - days * 86_400_000, to: latest };
  const from = instantOf(`${dayLater(until, 1 - days)}T00:00`, zone);
  return { from, to: Math.max(from + MINUTE_MS, Math.min(latest, instantOf(`${dayLater(until, 1)}T00:00`, zone))) };
}

/** Earlier (-1) or later (1) by its own length; the day of today, and what lies behind it, is 'until now'. */
export function movedDays({ days, until }: Days, way: -1 | 1, now: number, zone: string): Days {
  const today = dayOf(now, zone);
  const next = dayLater(until ?? today, way * days);
  return { days, until: next >= today ? null : next };
}
