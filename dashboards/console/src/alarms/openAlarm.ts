/** Pure: the address of the live page with an alarm open, and without. */
import type { Alarm } from "../api/types";
import { withSpan } from "../chart/span";

const AROUND_MS = 300_000;
const LONGEST_MS = 86_400_000;

type Placed = Pick<Alarm, "id" | "raised_at" | "cleared_at"> & { readonly machine: Pick<Alarm["machine"], "id"> };

/** The alarm open, and its machine chosen; what the chart was zoomed to belongs to the machine before and goes. */
export function withAlarm(search: URLSearchParams, alarm: Placed): URLSearchParams {
  const after = new URLSearchParams(search);
  if (after.get("machine") !== alarm.machine.id) {
    after.delete("from");
    after.delete("to");
  }
  after.set("machine", alarm.machine.id);
  after.set("alarm", alarm.id);
  return after;
}

/** No alarm open. */
export function withoutAlarm(search: URLSearchParams): URLSearchParams {
  const after = new URLSearchParams(search);
  after.delete("alarm");
  return after;
}

/** The chart at the alarm's time, five minutes more on either side, a day at most; never into the future. */
export function withItsTime(search: URLSearchParams, alarm: Placed, now: number): URLSearchParams {
  const raised = Date.parse(alarm.raised_at);
  const ended = alarm.cleared_at === null ? now : Date.parse(alarm.cleared_at);
  const to = Math.min(now, ended + AROUND_MS, raised + LONGEST_MS);
  return withSpan(withAlarm(search, alarm), { kind: "fixed", from: raised - AROUND_MS, to });
}
