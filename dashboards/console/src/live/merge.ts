/** Pure: what a live update does to the lists in the query cache. Rows that did not change keep their identity. */
import type { Alarm, LiveMachine, Machine } from "../api/types";

function instantOf(text: string | null): number {
  return text === null ? Number.NEGATIVE_INFINITY : Date.parse(text);
}

function merged(machine: Machine, live: LiveMachine): Machine {
  if (instantOf(live.measured_at) < instantOf(machine.measured_at)) return machine;
  const position =
    live.latitude_deg === null || live.longitude_deg === null || live.measured_at === null
      ? machine.position
      : { latitude_deg: live.latitude_deg, longitude_deg: live.longitude_deg, measured_at: live.measured_at, is_coarse: live.is_coarse };
  return {
    ...machine,
    name: live.name,
    online: live.online,
    work_state: live.work_state,
    measured_at: live.measured_at,
    position,
    open_alarms: { count: live.open_alarms, severity: live.severity },
    signals: { ...machine.signals, ...live.signals },
  };
}

/** Ids of the updates about machines that are there, but not in the list. */
function unknownOf(machines: readonly Machine[], updates: ReadonlyMap<string, LiveMachine | null>): string[] {
  const known = new Set(machines.map((machine) => machine.id));
  return [...updates].flatMap(([id, live]) => (live === null || known.has(id) ? [] : [id]));
}

/** The list with the updates in it, without the machines whose update is null (gone). `unknown`: ids the list does not have, so it must be asked for again. */
export function mergeMachines(
  machines: readonly Machine[],
  updates: ReadonlyMap<string, LiveMachine | null>,
): { machines: Machine[]; unknown: string[] } {
  const result = machines.slice(); // loops, not flatMap: once a second over thousands of machines
  let met = 0;
  let isAnyGone = false;
  for (let i = 0; i < machines.length && met < updates.size; i++) {
    const machine = machines[i]!;
    const live = updates.get(machine.id);
    if (live === undefined) continue;
    met += 1;
    if (live === null) isAnyGone = true;
    else result[i] = merged(machine, live);
  }
  return {
    machines: isAnyGone ? result.filter((machine) => updates.get(machine.id) !== null) : result,
    unknown: met === updates.size ? [] : unknownOf(machines, updates),
  };
}

/** A fetched list, but with every machine that the live line has already brought further than the fetch. */
export function keepNewer(held: readonly Machine[] | undefined, fetched: readonly Machine[]): Machine[] {
  const before = new Map(held?.map((machine) => [machine.id, machine]));
  return fetched.map((machine) => {
    const known = before.get(machine.id);
    return known !== undefined && instantOf(known.measured_at) > instantOf(machine.measured_at) ? known : machine;
  });
}

/** Whether an alarm is open. */
function isOpen(alarm: Alarm): boolean {
  return alarm.state === "active";
}

/** Whether an alarm is over and still asks for an acknowledgement or a reset. */
export function asksAnswer(alarm: Alarm): boolean {
  return alarm.lifecycle === "returned_unacknowledged" || alarm.lifecycle === "latched";
}

/** The alarm list with the updates in it: new ones that belong to it (`listed`; the open ones) are added, known ones replaced; order is not its business. The list itself when no update is about it. */
export function mergeAlarms(alarms: Alarm[], updates: ReadonlyMap<string, Alarm>, listed: (alarm: Alarm) => boolean = isOpen): Alarm[] {
  const left = new Map(updates);
  let result: Alarm[] | null = null;
  for (let i = 0; i < alarms.length && left.size > 0; i++) {
    const { id } = alarms[i]!;
    const update = left.get(id);
    if (update === undefined) continue;
    left.delete(id);
    (result ??= alarms.slice())[i] = update;
  }
  for (const update of left.values()) if (listed(update)) (result ??= alarms.slice()).push(update);
  return result ?? alarms;
}
