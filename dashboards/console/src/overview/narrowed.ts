/** Pure: which part of the fleet the overview is about, and what it counts. */
import type { Alarm, Machine, OrganisationDetail } from "../api/types";
import { SHOWN_STATES, shownState, type ShownState } from "../machines/words";
import type { Severity } from "../severity/severity";

/** Empty: all. `site` and `organisation` are names, as machines carry them. */
export interface Part {
  readonly site: string | null;
  readonly organisation: string | null;
  readonly states: ReadonlySet<ShownState>;
  readonly severities: ReadonlySet<Severity>;
}

/** The names of an organisation and of all below it. */
export function withThoseBelow(organisations: readonly OrganisationDetail[], name: string): ReadonlySet<string> {
  const ids = new Set(organisations.filter((one) => one.name === name).map((one) => one.id));
  for (let before = -1; before !== ids.size; ) {
    before = ids.size;
    for (const one of organisations) if (one.parent_id !== null && ids.has(one.parent_id)) ids.add(one.id);
  }
  return new Set([name, ...organisations.filter((one) => ids.has(one.id)).map((one) => one.name)]);
}

/** The machines of the site and of the owners, whatever their state. */
export function placedIn(machines: readonly Machine[], site: string | null, owners: ReadonlySet<string> | null): readonly Machine[] {
  if (site === null && owners === null) return machines;
  return machines.filter((machine) => (site === null || machine.site === site) && (owners === null || (machine.organisation !== null && owners.has(machine.organisation))));
}

/** Those of them that the chosen states and severities leave. */
export function ofPart(machines: readonly Machine[], { states, severities }: Pick<Part, "states" | "severities">): readonly Machine[] {
  if (states.size === 0 && severities.size === 0) return machines;
  return machines.filter(
    (machine) =>
      (states.size === 0 || states.has(shownState(machine))) &&
      (severities.size === 0 || (machine.open_alarms.severity !== null && severities.has(machine.open_alarms.severity))),
  );
}

/** How many machines are in each state. */
export function countByState(machines: readonly Machine[]): Record<ShownState, number> {
  const counts = Object.fromEntries(SHOWN_STATES.map((state) => [state, 0])) as Record<ShownState, number>;
  for (const machine of machines) counts[shownState(machine)] += 1;
  return counts;
}

export interface Silent {
  readonly id: string;
  readonly alarm: Alarm;
  /** When it was last heard, milliseconds. */
  readonly since: number;
  readonly site: string | null;
}

/** By machine id, the site it stands on, null: on none. */
export type Sites = ReadonlyMap<string, string | null>;

export function sitesOf(machines: readonly Machine[]): Sites {
  return new Map(machines.map((machine) => [machine.id, machine.site]));
}

/** Whether both lists have the same machines, in the same order, on the same sites. */
export function standAlike(a: readonly Machine[], b: readonly Machine[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const one = a[i]!;
    const other = b[i]!;
    if (one !== other && (one.id !== other.id || one.site !== other.site)) return false;
  }
  return true;
}

/** Machines among `sites` that have fallen silent, the longest silence last; those that were heard again meanwhile have no such alarm. */
export function silentMachines(alarms: readonly Alarm[], machines: readonly Machine[], sites: Sites): Silent[] {
  const told = alarms.filter((alarm) => alarm.state === "active" && alarm.source_key === "machine_silent" && sites.has(alarm.machine.id));
  const asked = new Set(told.map((alarm) => alarm.machine.id));
  const heardAt = new Map(machines.filter((machine) => asked.has(machine.id)).map((machine) => [machine.id, machine.measured_at]));
  return told
    .map((alarm) => ({
      id: alarm.id,
      alarm,
      since: Date.parse(heardAt.get(alarm.machine.id) ?? alarm.raised_at),
      site: sites.get(alarm.machine.id) ?? null,
    }))
    .toSorted((a, b) => b.since - a.since);
}

/** The reason in the title of a silence ("Machine silent: no coverage"); the whole title where it has none. */
export function silenceReason(title: string): string {
  const [, reason] = /[:：]\s*(.+)$/u.exec(title) ?? [];
  return reason ?? title;
}
