/**
 * The desk's queue, kept in order as alarms come, change and go: what one alarm changes is put in its place, the other
 * ten thousand stay where they are. Whatever it was before, its answer is that of sorting everything.
 */
import type { Alarm } from "../api/types";
import { changesOf } from "../live/changes";
import { HitCount } from "./hits";
import { alone, type DeskEntry, type Place, UNKNOWN_PLACE, urgency } from "./triage";
import { asksPlace, type DeskView, type Names, showing } from "./view";

/** What the queue is made of. Another object of `view`, `names` or `me` is another question. */
export interface Asked {
  /** In either list an alarm stands once; of one in both, the form of `open` counts. */
  readonly open: readonly Alarm[];
  readonly waiting: readonly Alarm[];
  readonly view: DeskView;
  readonly names: Names;
  readonly places: ReadonlyMap<string, Place>;
  /** The viewer's login. */
  readonly me: string;
}

/** A row with what its place in the queue is made of. */
interface Ranked {
  readonly entry: DeskEntry;
  readonly urgency: number;
  readonly at: number;
}

/** The most urgent first, the newest first among equals. */
function inOrder(a: Ranked, b: Ranked): number {
  return a.urgency - b.urgency || b.at - a.at || (a.entry.id < b.entry.id ? 1 : -1);
}

const NOBODY: ReadonlySet<string> = new Set();

export class DeskQueue {
  #asked: Asked | null = null;
  #open = new Map<string, Alarm>();
  #waiting = new Map<string, Alarm>();
  #byId = new Map<string, Alarm>();
  #hits = new HitCount();
  #ranked: readonly Ranked[] = [];
  #entries: readonly DeskEntry[] = [];

  /** The rows of the question, each for itself, in the order in which they are to be answered. */
  answer(asked: Asked): readonly DeskEntry[] {
    const last = this.#asked;
    this.#asked = asked;
    if (last === null || !this.#movesOn(last, asked)) this.#beginAnew(asked);
    return this.#entries;
  }

  /** The last answer. */
  get rows(): readonly DeskEntry[] {
    return this.#entries;
  }

  /** Every alarm of the lists in its newest form, be it that the view does not show it. */
  get byId(): ReadonlyMap<string, Alarm> {
    return this.#byId;
  }

  /** How many machines of each customer are hit; another object when it changes. */
  get hits(): ReadonlyMap<string, number> {
    return this.#hits.machines;
  }

  #beginAnew(asked: Asked): void {
    this.#open = new Map(asked.open.map((alarm) => [alarm.id, alarm]));
    this.#waiting = new Map(asked.waiting.map((alarm) => [alarm.id, alarm]));
    this.#byId = new Map([...this.#waiting, ...this.#open]);
    this.#hits = new HitCount();
    for (const alarm of this.#byId.values()) this.#hits.count(alarm, asked.places.get(alarm.machine.id), 1);
    this.#hits.changed();
    const isShown = showing(asked.view, asked.names, asked.places, asked.me);
    const ranked: Ranked[] = [];
    for (const alarm of this.#byId.values()) if (isShown(alarm)) ranked.push(this.#rank(alarm, asked));
    this.#take(ranked.sort(inOrder));
  }

  /** False: this is no small step from the last question. */
  #movesOn(last: Asked, asked: Asked): boolean {
    if (last.view !== asked.view || last.names !== asked.names || last.me !== asked.me) return false;
    const moved = movedMachines(last.places, asked.places);
    if (moved.size > 0 && asksPlace(asked.view)) return false;
    const [open, waiting] = [changesOf(last.open, asked.open), changesOf(last.waiting, asked.waiting)];
    if (open === null || waiting === null) return false;
    for (const { after } of open) this.#open.set(after.id, after);
    for (const { after } of waiting) this.#waiting.set(after.id, after);
    const changed = new Set([...open, ...waiting].map(({ after }) => after.id));
    if (changed.size > 0 || moved.size > 0) this.#move(changed, moved, last.places, asked);
    return true;
  }

  /** `changed`: ids of alarms; `moved`: ids of machines. */
  #move(changed: ReadonlySet<string>, moved: ReadonlySet<string>, placesBefore: ReadonlyMap<string, Place>, asked: Asked): void {
    const isShown = showing(asked.view, asked.names, asked.places, asked.me);
    const leaving = new Set<string>();
    const coming: Ranked[] = [];
    if (moved.size > 0) this.#recount(moved, placesBefore, asked.places);
    for (const id of changed) {
      const before = this.#byId.get(id);
      const after = this.#open.get(id) ?? this.#waiting.get(id)!;
      const place = asked.places.get(after.machine.id);
      this.#hits.count(before, place, -1);
      this.#hits.count(after, place, 1);
      this.#byId.set(id, after);
      if (before !== undefined) leaving.add(id);
    }
    const hit = this.#hits.changed();
    for (const id of changed) {
      const alarm = this.#byId.get(id)!;
      if (isShown(alarm)) coming.push(this.#rank(alarm, asked));
    }
    if (moved.size === 0 && hit.size === 0 && leaving.size === 0) this.#take(merged(this.#ranked, coming));
    else this.#take(merged(this.#without(leaving, moved, hit, asked, coming), coming));
  }

  /** What stays in its place; what does not because of its machine or its customer goes to `coming`. */
  #without(leaving: ReadonlySet<string>, moved: ReadonlySet<string>, hit: ReadonlySet<string>, asked: Asked, coming: Ranked[]): Ranked[] {
    const isElsewhere = moved.size > 0 || hit.size > 0;
    return this.#ranked.filter(({ entry: { id, alarm } }) => {
      if (leaving.has(id)) return false;
      if (!isElsewhere || !(moved.has(alarm.machine.id) || hit.has(asked.places.get(alarm.machine.id)?.customer ?? ""))) return true;
      coming.push(this.#rank(alarm, asked));
      return false;
    });
  }

  /** Counts the alarms of machines that have moved at their new places. */
  #recount(moved: ReadonlySet<string>, before: ReadonlyMap<string, Place>, after: ReadonlyMap<string, Place>): void {
    for (const alarm of this.#byId.values()) {
      if (!moved.has(alarm.machine.id)) continue;
      this.#hits.count(alarm, before.get(alarm.machine.id), -1);
      this.#hits.count(alarm, after.get(alarm.machine.id), 1);
    }
  }

  #rank(alarm: Alarm, { places }: Asked): Ranked {
    const place = places.get(alarm.machine.id) ?? UNKNOWN_PLACE;
    const hit = place.customer === null ? 0 : (this.#hits.machines.get(place.customer) ?? 0);
    return { entry: alone(alarm), urgency: urgency(alarm, place, hit), at: Date.parse(alarm.committed_at) };
  }

  #take(ranked: readonly Ranked[]): void {
    if (ranked === this.#ranked) return;
    this.#ranked = ranked;
    this.#entries = ranked.map((one) => one.entry);
  }
}

/** Ids of the machines that stand elsewhere than before, or do something else. */
function movedMachines(before: ReadonlyMap<string, Place>, after: ReadonlyMap<string, Place>): ReadonlySet<string> {
  if (before === after) return NOBODY;
  const moved = new Set<string>();
  for (const [id, place] of after) if (before.get(id) !== place) moved.add(id);
  for (const id of before.keys()) if (!after.has(id)) moved.add(id);
  return moved;
}

/** Two parts of a queue as one: `kept` is in order, `coming` need not be. */
function merged(kept: readonly Ranked[], coming: Ranked[]): readonly Ranked[] {
  if (coming.length === 0) return kept;
  coming.sort(inOrder);
  const all: Ranked[] = [];
  let next = 0;
  for (const one of kept) {
    while (next < coming.length && inOrder(coming[next]!, one) < 0) all.push(coming[next++]!);
    all.push(one);
  }
  while (next < coming.length) all.push(coming[next++]!);
  return all;
}
