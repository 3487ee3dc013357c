/** Pure: which machines the list shows and in which order, as its address says. */
import type { Alarm, DueItem, Machine } from "../api/types";
import { byName, matching, passes, sorted, type Sort, type SortKey } from "../machines/sorting";

export const SWITCHES = ["alarms", "silent", "due"] as const;
export type Switch = (typeof SWITCHES)[number];
const CHOICES = ["state", "kind", "site", "model"] as const;
type Choice = (typeof CHOICES)[number];
export const TEXT_COLUMNS = ["kind", "model", "site", "organisation", "mode"] as const;
export type TextColumn = (typeof TEXT_COLUMNS)[number];

/** Lists are empty, texts "" and the organisation null where nothing is chosen. */
export interface MachinesWanted extends Readonly<Record<Choice, readonly string[]>> {
  readonly q: string;
  readonly organisation: string | null;
  readonly only: readonly Switch[];
}

/** What the address asks for. */
export function wantedOf(search: URLSearchParams): MachinesWanted {
  const list = (name: string): string[] => search.get(name)?.split("|").filter(Boolean) ?? [];
  return {
    q: search.get("q") ?? "",
    organisation: search.get("organisation") || null,
    only: SWITCHES.filter((one) => list("only").includes(one)),
    state: list("state"), kind: list("kind"), site: list("site"), model: list("model"),
  };
}

/** `search` with one of its parts changed; an empty one goes. */
export function withPart(search: URLSearchParams, name: string, value: string | readonly string[] | null): URLSearchParams {
  const after = new URLSearchParams(search);
  const text = typeof value === "string" ? value : (value ?? []).join("|");
  if (text === "") after.delete(name);
  else after.set(name, text);
  return after;
}

/** Ids of the machines of which nothing is heard and an alarm says so, with the likely reason. */
export function silentIn(alarms: readonly Alarm[]): ReadonlySet<string> {
  return new Set(alarms.filter((alarm) => alarm.state === "active" && alarm.source_key === "machine_silent").map((alarm) => alarm.machine.id));
}

/** The machines that pass; `silent`: see silentIn(); `owned`: those of the chosen organisation, null while that is not known. */
export function wantedMachines(
  machines: readonly Machine[],
  wanted: MachinesWanted,
  owned: ReadonlySet<string> | null,
  due: ReadonlyMap<string, DueItem>,
  silent: ReadonlySet<string>,
): readonly Machine[] {
  const filters = { kind: wanted.kind, state: wanted.state, alarms: [] };
  const only = new Set(wanted.only);
  const chosen = machines.filter(
    (machine) =>
      passes(machine, filters) &&
      (wanted.site.length === 0 || wanted.site.includes(machine.site ?? "")) &&
      (wanted.model.length === 0 || wanted.model.includes(machine.model ?? "")) &&
      (wanted.organisation === null || owned?.has(machine.id) === true) &&
      (!only.has("alarms") || machine.open_alarms.count > 0) &&
      (!only.has("silent") || silent.has(machine.id)) &&
      (!only.has("due") || due.has(machine.id)),
  );
  return matching(chosen, wanted.q);
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** The order that a column's head asks for; machines without a value come last either way. */
export function inOrder(machines: readonly Machine[], sort: { key: string; descending: boolean }, due: ReadonlyMap<string, DueItem>): Machine[] {
  const text = sort.key === "due" ? (one: Machine) => due.get(one.id)?.due_on ?? (due.has(one.id) ? "0" : null) : TEXT_COLUMNS.includes(sort.key as TextColumn) ? (one: Machine) => one[sort.key as TextColumn] : null;
  if (text === null) return sorted(machines, sort as Sort & { key: SortKey });
  const sign = sort.descending ? -1 : 1;
  return machines.toSorted((a, b) => {
    const [left, right] = [text(a), text(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || byName(a, b);
    return sign * collator.compare(left, right) || byName(a, b);
  });
}

/** What a list of choices offers: each value that there is, once, by name. */
export function valuesOf(machines: readonly Machine[], column: "kind" | "site" | "model"): string[] {
  return [...new Set(machines.map((machine) => machine[column]).filter((value) => value !== null))].toSorted(collator.compare);
}
