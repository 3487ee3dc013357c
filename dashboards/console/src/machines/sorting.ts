/** Pure: search and sort of the fleet table. */
import type { Machine } from "../api/types";
import { severityRank } from "../severity/severity";
import { SHOWN_STATES, shownState } from "./words";

export type SortKey = "name" | "kind" | "state" | "alarms" | "seen" | `signal:${string}`;
export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export interface FleetFilters {
  readonly kind: readonly string[];
  readonly state: readonly string[];
  readonly alarms: readonly string[];
}

/** Whether a machine passes every filter; an empty one lets all pass. */
export function passes(machine: Machine, { kind, state, alarms }: FleetFilters): boolean {
  return (
    (kind.length === 0 || kind.includes(machine.kind)) &&
    (state.length === 0 || state.includes(shownState(machine))) &&
    (alarms.length === 0 || alarms.includes(machine.open_alarms.severity ?? "none"))
  );
}

/** Machines whose name, PIN, serial number, equipment id or site contain every typed word. */
export function matching(machines: readonly Machine[], typed: string): readonly Machine[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return machines;
  return machines.filter((machine) => {
    const text = [machine.name, machine.pin, machine.serial_number, machine.equipment_id, machine.site, machine.model].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const names = new Intl.Collator(undefined, { numeric: true });

/** What a column sorts by; null sorts last in both directions. */
function sortValue(machine: Machine, key: SortKey): number | null {
  if (key.startsWith("signal:")) return machine.signals[key.slice(7)]?.value ?? null;
  if (key === "state") return SHOWN_STATES.indexOf(shownState(machine));
  if (key === "alarms") return machine.open_alarms.count === 0 ? null : severityRank(machine.open_alarms.severity);
  if (key === "seen") return machine.measured_at === null ? null : -Date.parse(machine.measured_at);
  return 0;
}

/** The rows in the order asked for; equal ones by name, so that the order is always the same. */
export function sorted(machines: readonly Machine[], sort: Sort): Machine[] {
  const sign = sort.descending ? -1 : 1;
  return machines.toSorted((a, b) => {
    const byName = names.compare(a.name, b.name);
    if (sort.key === "name") return sign * byName;
    if (sort.key === "kind") return sign * a.kind.localeCompare(b.kind) || byName;
    const x = sortValue(a, sort.key);
    const y = sortValue(b, sort.key);
    if (x === null || y === null) return Number(x === null) - Number(y === null) || byName;
    return sign * (x - y) || byName;
  });
}
