/** Pure: the instants that are named under a strip of time. */
import { shownZone } from "../format/time";
import { dayLater, dayOf, instantOf } from "./wallTime";

const STEPS_H = [1, 2, 3, 4, 6, 12, 24, 48, 96, 168];
const MOST = 9;

/** Full hours, or days, of the shown zone between two instants (ms), at most nine, not at the very edges. */
export function ticksOf(from: number, to: number, zone = shownZone()): number[] {
  const step = (STEPS_H.find((hours) => (to - from) / (hours * 3_600_000) <= MOST) ?? 336) * 3_600_000;
  const midnight = instantOf(`${dayLater(dayOf(from, zone), -1)}T00:00`, zone);
  const first = midnight + Math.ceil((from - midnight) / step) * step;
  const edge = (to - from) / 40;
  const ticks: number[] = [];
  for (let at = first; at <= to; at += step) if (at - from >= edge && to - at >= edge) ticks.push(at);
  return ticks;
}
