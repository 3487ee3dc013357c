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

/** Machines whose name, PIN, serial number, equipment id, site or model contain every typed word, a number by itself (the
 * 5 of "No. 5"); where there is none, those that have the numbers within longer ones. */
export function matching(machines: readonly Machine[], typed: string): readonly Machine[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return machines;
  const within = machines.filter((machine) => words.every((word) => searched(machine).includes(word)));
  const numbers = words.filter((word) => /^\d+$/.test(word)).map((word) => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, "u"));
  const alone = within.filter((machine) => numbers.every((number) => number.test(searched(machine))));
  return alone.length > 0 ? alone : within;
}

function searched({ name, pin, serial_number, equipment_id, site, model }: Machine): string {
  return [name, pin, serial_number, equipment_id, site, model].join(" ").toLowerCase();
}

const collator = new Intl.Collator(undefined, { numeric: true });
let ranks: ReadonlyMap<string, number> = new Map();

/** Each name's place among all. Comparing names costs more than all else of a sort, and they hardly ever change. */
function nameRanks(machines: readonly Machine[]): ReadonlyMap<string, number> {
  if (machines.some((machine) => !ranks.has(machine.name))) {
    const names = [...new Set(machines.map((machine) => machine.name))].toSorted(collator.compare);
    ranks = new Map(names.map((name, rank) => [name, rank]));
  }
  return ranks;
}

/** Machines by name, numbers in names as numbers. */
export function byName(a: Machine, b: Machine): number {
  return collator.compare(a.name, b.name);
}

/** What a column sorts by; null sorts last in both directions. */
function sortValue(machine: Machine, key: SortKey): number | null {
  if (key.startsWith("signal:")) return machine.signals[key.slice(7)]?.value ?? null;
  if (key === "state") return SHOWN_STATES.indexOf(shownState(machine));
  if (key === "alarms") return machine.open_alarms.count === 0 ? null : severityRank(machine.open_alarms.severity);
  if (key === "seen") return machine.measured_at === null ? null : -Date.parse(machine.measured_at);
  return 0;
}

interface Entry {
  readonly machine: Machine;
  readonly name: number;
  readonly value: number | null;
}

/** The rows in the order asked for, those without a value last; equal ones by name, so that the order is always the same. */
export function sorted(machines: readonly Machine[], { key, descending }: Sort): Machine[] {
  const sign = descending ? -1 : 1;
  const places = nameRanks(machines);
  const named = (a: Entry, b: Entry): number => a.name - b.name;
  const valued: Entry[] = [];
  const without: Entry[] = [];
  for (const machine of machines) {
    const value = sortValue(machine, key);
    (value === null ? without : valued).push({ machine, name: places.get(machine.name) ?? 0, value });
  }
  if (key === "name") valued.sort((a, b) => sign * named(a, b));
  else if (key === "kind") valued.sort((a, b) => (a.machine.kind === b.machine.kind ? 0 : sign * (a.machine.kind < b.machine.kind ? -1 : 1)) || named(a, b));
  else valued.sort((a, b) => sign * (a.value! - b.value!) || named(a, b));
  without.sort(named);
  return [...valued, ...without].map((entry) => entry.machine);
}
