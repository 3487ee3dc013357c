/** Pure: which span the shift page is about, as its address says it. */
import type { RosterDuty } from "../api/types";

export const SPANS = ["turn", "8h", "12h", "24h", "7d", "own"] as const;
export type SpanName = (typeof SPANS)[number];
const HOUR = 3_600_000;
const LONG: Readonly<Record<Exclude<SpanName, "turn" | "own">, number>> = { "8h": 8 * HOUR, "12h": 12 * HOUR, "24h": 24 * HOUR, "7d": 168 * HOUR };
const USUAL = "8h";

/** Milliseconds; `to` null: until now. */
export interface Span {
  readonly from: number;
  readonly to: number | null;
}

/** Stretches of the plot. */
export const EVERY = ["10min", "hour", "day"] as const;
export type Every = (typeof EVERY)[number];

export function spanName(search: URLSearchParams): SpanName {
  return SPANS.find((name) => name === search.get("span")) ?? USUAL;
}

/** The stretch of duty of a seat (its first, when none is named) that goes on; null: nobody's, or for longer than a week. */
function turnOf(duty: RosterDuty | undefined, seatId: string | null): number | null {
  const seats = duty?.seats.filter((seat) => seatId === null || seat.seat_id === seatId) ?? [];
  const began = seats.find((seat) => seat.now?.from_at != null)?.now?.from_at;
  return began == null ? null : Date.parse(began);
}

/** The span of an address; `now` in ms. What is not whole is the last eight hours. Starts are whole minutes, so that the same question is asked again. */
export function spanOf(search: URLSearchParams, duty: RosterDuty | undefined, now: number): Span {
  const name = spanName(search);
  const minute = Math.floor(now / 60_000) * 60_000;
  if (name === "own") {
    const from = Number(search.get("from"));
    const to = Number(search.get("to"));
    if (from > 0 && from < now) return { from, to: to > from && to < now ? to : null };
  }
  const turn = name === "turn" ? turnOf(duty, search.get("seat")) : null;
  if (turn !== null && turn < now) return { from: turn, to: null };
  return { from: minute - (name === "turn" || name === "own" ? LONG[USUAL] : LONG[name]), to: null };
}

/** The finest stretch that a span of this length is legible with. */
export function usualEvery(span: Span, now: number): Every {
  const hours = ((span.to ?? now) - span.from) / HOUR;
  return hours <= 48 ? "10min" : hours <= 24 * 21 ? "hour" : "day";
}

/** What a hand-over looks back on: never more than the API's week, and always from before now. */
export function lookedBack(span: Span, now: number): number {
  return Math.max(span.from, now - 167 * HOUR);
}
