/** Who holds which seat through a week, put together from what the platform says of one instant after another. */
import type { RosterDuty } from "../../api/types";
import { instantOfWall, wallOf } from "../wall";

const DAY_MS = 86_400_000;
const MOST_STEPS = 80;

export interface Turn {
  readonly from: number;
  readonly to: number;
  readonly people: readonly string[];
}
export interface SeatWeek {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly turns: readonly Turn[];
}
export interface Week {
  readonly from: number;
  readonly to: number;
  readonly seats: readonly SeatWeek[];
}

/** The Monday, 00:00 on the roster's clocks, of the week `offset` weeks from the one that `now` is in; and the one after. */
export function weekOf(now: number, offset: number, zone: string): { from: number; to: number } {
  const today = wallOf(new Date(now).toISOString(), zone).slice(0, 10);
  const at = Date.parse(`${today}T00:00:00Z`);
  const monday = at - ((new Date(at).getUTCDay() + 6) % 7) * DAY_MS + offset * 7 * DAY_MS;
  const start = (day: number): number => Date.parse(instantOfWall(new Date(day).toISOString().slice(0, 16), zone));
  return { from: start(monday), to: start(monday + 7 * DAY_MS) };
}

/** Asks from one change of the seats to the next, at most so often. */
export async function readWeek(span: { from: number; to: number }, ask: (at: string) => Promise<RosterDuty>): Promise<Week> {
  const seats = new Map<string, { name: string; role: string; turns: Turn[] }>();
  let at = span.from;
  for (let step = 0; step < MOST_STEPS && at < span.to; step++) {
    const duty = await ask(new Date(at).toISOString());
    let next = span.to;
    for (const seat of duty.seats) {
      const held = seats.get(seat.seat_id) ?? { name: seat.name, role: seat.role, turns: [] };
      seats.set(seat.seat_id, held);
      const until = seat.now?.until == null ? null : Date.parse(seat.now.until);
      if (seat.now !== null) put(held.turns, { from: at, to: Math.min(until ?? span.to, span.to), people: seat.now.people.map((one) => one.name) });
      for (const change of [until, seat.next?.from_at == null ? null : Date.parse(seat.next.from_at)]) if (change !== null && change > at) next = Math.min(next, change);
    }
    at = next;
  }
  return { ...span, seats: [...seats].map(([id, seat]) => ({ id, ...seat })) };
}

/** A turn that goes on is one. */
function put(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  if (last !== undefined && last.to > turn.from) return;
  turns.push(turn);
}
