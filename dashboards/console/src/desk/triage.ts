/** Pure: in which order alarms are to be answered, and which stand behind one another. */
import type { Alarm, Machine } from "../api/types";
import { shownState, type ShownState } from "../machines/words";
import { severityRank } from "../severity/severity";

/** What the desk knows of a machine beside its alarm. */
export interface Place {
  readonly state: ShownState;
  readonly site: string | null;
  readonly customer: string | null;
  /** The only machine of its kind in service at its site: without it the work stands still. */
  readonly isOnly: boolean;
}

export const UNKNOWN_PLACE: Place = { state: "unknown", site: null, customer: null, isOnly: false };

function isSame(a: Place | undefined, b: Place): boolean {
  return a !== undefined && a.state === b.state && a.site === b.site && a.customer === b.customer && a.isOnly === b.isOnly;
}

function standsAsBefore(was: Machine, is: Machine): boolean {
  return was === is || (was.id === is.id && shownState(was) === shownState(is) && was.site === is.site && was.organisation === is.organisation && was.mode === is.mode && was.kind === is.kind);
}

/** The place of every machine; `before` itself when nothing of it changed, so that nobody sorts anew for a new temperature. `were`: the machines that `before` was made of. */
export function placesOf(machines: readonly Machine[], before: ReadonlyMap<string, Place>, were: readonly Machine[] = NO_MACHINES): ReadonlyMap<string, Place> {
  if (were.length === machines.length && machines.every((machine, i) => standsAsBefore(were[i]!, machine))) return before;
  const kinds = new Map<string, number>();
  const isCounted = (machine: Machine): boolean => machine.site !== null && (machine.mode === null || machine.mode === "in_service");
  for (const machine of machines) {
    if (!isCounted(machine)) continue;
    const kind = `${machine.site} ${machine.kind}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  let isOther = before.size !== machines.length;
  const places = new Map<string, Place>();
  for (const machine of machines) {
    const isOnly = isCounted(machine) && kinds.get(`${machine.site} ${machine.kind}`) === 1;
    const place: Place = { state: shownState(machine), site: machine.site, customer: machine.organisation, isOnly };
    const known = before.get(machine.id);
    if (known !== undefined && isSame(known, place)) places.set(machine.id, known);
    else {
      places.set(machine.id, place);
      isOther = true;
    }
  }
  return isOther ? places : before;
}

/** Whether an alarm calls nobody: somebody holds it back, another one explains it, or it was found in late data. */
export function isQuiet(alarm: Alarm): boolean {
  return alarm.suppression !== null || alarm.inhibited_by !== null || alarm.historic;
}

/** Whether it waits for an acknowledgement or a reset. */
export function isUnanswered(alarm: Alarm): boolean {
  return alarm.lifecycle === "active_unacknowledged" || alarm.lifecycle === "returned_unacknowledged" || alarm.lifecycle === "latched";
}

const IMPACTS: Readonly<Record<ShownState, number>> = { working: 0, travelling: 0, idle: 1, unknown: 2, offline: 2, off: 3 };

/** How much the worksite feels it, 0 the most: a machine at work now, and the only one of its kind there, before others. */
export function impactOf(place: Place): number {
  return IMPACTS[place.state] * 2 + (place.isOnly ? 0 : 1);
}

const MOST_HIT = 255;

/** Whether an alarm says that its machine is hit: critical or high, and calling. */
export function isHit(alarm: Alarm): boolean {
  return alarm.state === "active" && severityRank(alarm.severity) <= 1 && !isQuiet(alarm);
}

/** 0: goes on and nobody has answered; 1: is over and waits for an answer; 2: answered. */
function answerOf(alarm: Alarm): number {
  if (!isUnanswered(alarm)) return 2;
  return alarm.state === "active" ? 0 : 1;
}

/** Of what an alarm's place in the queue is made, the smaller the sooner: what calls somebody first; by severity; the
 * unanswered first; by the worksite's impact; by how many machines of the customer are hit. */
export function urgency(alarm: Alarm, place: Place, hit: number): number {
  const quiet = isQuiet(alarm) ? 1 : 0;
  return (((quiet * 8 + severityRank(alarm.severity)) * 4 + answerOf(alarm)) * 8 + impactOf(place)) * (MOST_HIT + 1) + MOST_HIT - Math.min(hit, MOST_HIT);
}

export const GATHERINGS = ["cascade", "machine", "site", "customer", "source", "none"] as const;
export type Gathering = (typeof GATHERINGS)[number];

/** One row of the list: an alarm, and the alarms that stand behind it. */
export interface DeskEntry {
  readonly id: string;
  readonly alarm: Alarm;
  /** Behind it, in their order; none of one that stands by itself or behind another one. */
  readonly behind: readonly Alarm[];
  /** It stands behind the row above that has it. */
  readonly isBehind: boolean;
  /** Of those that stand together, it came first. */
  readonly isFirstOut: boolean;
}

function rootOf(alarm: Alarm, byId: ReadonlyMap<string, Alarm>): string {
  let root = alarm;
  for (let step = 0; step < 8 && root.inhibited_by !== null; step++) {
    const above = byId.get(root.inhibited_by);
    if (above === undefined) return root.inhibited_by;
    root = above;
  }
  return root.id;
}

/** Behind which key an alarm stands with others; null: by itself. `roots`: of the alarms that another one explains. */
function groupOf(alarm: Alarm, gathering: Gathering, roots: ReadonlyMap<string, string>, places: ReadonlyMap<string, Place>): string | null {
  if (gathering === "cascade") return roots.get(alarm.id) ?? null;
  if (gathering === "machine") return alarm.machine.id;
  if (gathering === "source") return `${alarm.source_kind} ${alarm.source_key}`;
  const place = places.get(alarm.machine.id) ?? UNKNOWN_PLACE;
  return gathering === "site" ? (place.site ?? "") : (place.customer ?? "");
}

/** The root of every alarm that another one explains, and of the roots themselves; nothing for all others. */
function rootsOf(queue: readonly DeskEntry[], byId: ReadonlyMap<string, Alarm>): ReadonlyMap<string, string> {
  const roots = new Map<string, string>();
  for (const { alarm } of queue) {
    if (alarm.inhibited_by === null) continue;
    const root = rootOf(alarm, byId);
    roots.set(alarm.id, root);
    roots.set(root, root);
  }
  return roots;
}

function firstOut(alarms: readonly Alarm[]): Alarm {
  return alarms.reduce((first, alarm) => (Date.parse(alarm.raised_at) < Date.parse(first.raised_at) ? alarm : first));
}

const lone = new WeakMap<Alarm, DeskEntry>();

/** The row of an alarm that stands by itself: the same object as long as the alarm is, so that it is not drawn anew. */
export function alone(alarm: Alarm): DeskEntry {
  let entry = lone.get(alarm);
  if (entry === undefined) lone.set(alarm, (entry = { id: alarm.id, alarm, behind: NONE, isBehind: false, isFirstOut: false }));
  return entry;
}

/**
 * The queue with what belongs together gathered behind its most urgent alarm. `byId`: every alarm that is known, be it in
 * the queue; `opened`: the rows whose group is shown whole.
 */
export function gathered(
  queue: readonly DeskEntry[],
  gathering: Gathering,
  byId: ReadonlyMap<string, Alarm>,
  places: ReadonlyMap<string, Place>,
  opened: ReadonlySet<string>,
): readonly DeskEntry[] {
  if (gathering === "none") return queue;
  const roots = gathering === "cascade" ? rootsOf(queue, byId) : NOBODY;
  if (gathering === "cascade" && roots.size === 0) return queue;
  const groups = new Map<string, Alarm[]>();
  const rows: (DeskEntry | Alarm[])[] = [];
  for (const entry of queue) {
    const key = groupOf(entry.alarm, gathering, roots, places);
    const group = key === null ? undefined : groups.get(key);
    if (group !== undefined) group.push(entry.alarm);
    else if (key === null) rows.push(entry);
    else {
      const made = [entry.alarm];
      groups.set(key, made);
      rows.push(made);
    }
  }
  const shown: DeskEntry[] = [];
  for (const row of rows) {
    if (Array.isArray(row)) groupRows(row, opened, shown);
    else shown.push(row);
  }
  return shown;
}

const heads = new WeakMap<Alarm, DeskEntry>();
const followers = new WeakMap<Alarm, DeskEntry>();

/** The entry itself where it was made before just so, so that its row is not drawn anew. */
function kept(made: WeakMap<Alarm, DeskEntry>, entry: DeskEntry): DeskEntry {
  const before = made.get(entry.alarm);
  if (before?.isFirstOut === entry.isFirstOut && before.behind.length === entry.behind.length && before.behind.every((alarm, i) => alarm === entry.behind[i])) return before;
  made.set(entry.alarm, entry);
  return entry;
}

function groupRows(group: readonly Alarm[], opened: ReadonlySet<string>, shown: DeskEntry[]): void {
  const [head, ...behind] = group as [Alarm, ...Alarm[]];
  if (behind.length === 0) {
    shown.push(alone(head));
    return;
  }
  const first = firstOut(group);
  shown.push(kept(heads, { id: head.id, alarm: head, behind, isBehind: false, isFirstOut: first === head }));
  if (!opened.has(head.id)) return;
  for (const alarm of behind) shown.push(kept(followers, { id: alarm.id, alarm, behind: NONE, isBehind: true, isFirstOut: alarm === first }));
}

const NONE: readonly Alarm[] = [];
const NO_MACHINES: readonly Machine[] = [];
const NOBODY: ReadonlyMap<string, string> = new Map();
