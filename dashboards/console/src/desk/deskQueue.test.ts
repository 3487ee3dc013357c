import { describe, expect, it } from "vitest";
import type { Alarm, Machine } from "../api/types";
import { alarm, machine } from "../live/fixtures";
import { asksAnswer, mergeAlarms } from "../live/merge";
import { DeskQueue } from "./deskQueue";
import { isHit, type Place, placesOf, UNKNOWN_PLACE, urgency } from "./triage";
import { type DeskView, type Names, showing, viewOf } from "./view";

/** The same question answered by looking at everything. */
function naive(open: readonly Alarm[], waiting: readonly Alarm[], view: DeskView, names: Names, places: ReadonlyMap<string, Place>, me: string) {
  const byId = new Map([...waiting, ...open].map((one) => [one.id, one]));
  const hit = new Map<string, Set<string>>();
  for (const one of byId.values()) {
    const customer = places.get(one.machine.id)?.customer;
    if (customer != null && isHit(one)) hit.set(customer, (hit.get(customer) ?? new Set()).add(one.machine.id));
  }
  const hits = new Map([...hit].map(([customer, machines]) => [customer, machines.size]));
  const rank = (one: Alarm): number => {
    const place = places.get(one.machine.id) ?? UNKNOWN_PLACE;
    return urgency(one, place, hits.get(place.customer ?? "") ?? 0);
  };
  const rows = [...byId.values()]
    .filter(showing(view, names, places, me))
    .sort((a, b) => rank(a) - rank(b) || Date.parse(b.committed_at) - Date.parse(a.committed_at) || (a.id < b.id ? 1 : -1));
  return { rows, byId, hits };
}

/** Numbers below `most`, the same in every run. */
function dice(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
const LIFECYCLES = ["active_unacknowledged", "active_acknowledged", "returned_unacknowledged", "latched"] as const;
const SITES = ["A", "B", null] as const;
const CUSTOMERS = ["North", "South", null] as const;
const ADDRESSES = ["", "severity=critical,high", "standing=unanswered", "whose=mine", "q=north", "standing=held"];

/** A desk's day: lists that the live line moves on, machines that change, and now and then a list that is asked anew. */
class Day {
  open: Alarm[] = [];
  waiting: Alarm[] = [];
  machines: Machine[] = Array.from({ length: 8 }, (_, i) => machine(`m${i}`, { site: SITES[i % 3]!, organisation: CUSTOMERS[(i + 1) % 3]! }));
  places = placesOf(this.machines, new Map());
  view = viewOf(new URLSearchParams());
  names: Names = { site: null, customers: null };
  readonly #roll: (most: number) => number;
  #made = 0;

  constructor(seed: number) {
    this.#roll = dice(seed);
    for (let i = 0; i < 40; i++) this.#tell(this.#alarm());
  }

  #alarm(id = `alarm-${this.#made++}`): Alarm {
    const pick = <T>(all: readonly T[]): T => all[this.#roll(all.length)]!;
    const lifecycle = pick(LIFECYCLES);
    const known = this.open.find((one) => one.id === id)?.machine.id ?? this.waiting.find((one) => one.id === id)?.machine.id;
    const of = known ?? `m${this.#roll(9)}`; // m8 is on nobody's list of machines
    return alarm(id, {
      machine: { id: of, pin: of, name: of, kind: "excavator" },
      severity: pick(SEVERITIES),
      lifecycle,
      state: lifecycle === "returned_unacknowledged" || lifecycle === "latched" ? "cleared" : "active",
      suppression: this.#roll(8) === 0 ? "shelved" : null,
      assigned_to: this.#roll(4) === 0 ? "expert" : null,
      committed_at: new Date(Date.UTC(2026, 10, 21) + 1_000 * this.#roll(500)).toISOString(),
    });
  }

  #tell(...alarms: Alarm[]): void {
    const updates = new Map(alarms.map((one) => [one.id, one]));
    this.open = mergeAlarms(this.open, updates);
    this.waiting = mergeAlarms(this.waiting, updates, asksAnswer);
  }

  step(): void {
    const what = this.#roll(20);
    const known = [...this.open, ...this.waiting];
    if (what < 8) this.#tell(this.#alarm());
    else if (what < 13) this.#tell(this.#alarm(known[this.#roll(known.length)]!.id), this.#alarm());
    else if (what < 17) this.#moveMachine();
    else if (what === 17) this.open = this.open.filter(() => this.#roll(5) > 0); // asked anew
    else if (what === 18) this.view = viewOf(new URLSearchParams(ADDRESSES[this.#roll(ADDRESSES.length)]));
    else this.waiting = this.waiting.toReversed();
  }

  #moveMachine(): void {
    const at = this.#roll(this.machines.length);
    const change: Partial<Machine> = [{ work_state: "off" }, { work_state: "working" }, { organisation: CUSTOMERS[this.#roll(3)]! }, { site: SITES[this.#roll(3)]! }][this.#roll(4)]!;
    this.machines = this.machines.with(at, { ...this.machines[at]!, ...change });
    this.places = placesOf(this.machines, this.places);
  }
}

describe("the queue that is kept in order", () => {
  it.each([1, 2, 3])("answers what sorting everything would, step by step (day %i)", (seed) => {
    const day = new Day(seed);
    const queue = new DeskQueue();
    for (let step = 0; step < 200; step++) {
      const { open, waiting, view, names, places } = day;
      const rows = queue.answer({ open, waiting, view, names, places, me: "expert" });
      const oracle = naive(open, waiting, view, names, places, "expert");
      expect(rows.map((row) => row.id).join(" "), `step ${step}`).toBe(oracle.rows.map((one) => one.id).join(" "));
      expect(rows.every((row, i) => row.alarm === oracle.rows[i])).toBe(true);
      expect(queue.byId.size).toBe(oracle.byId.size);
      expect([...oracle.byId].every(([id, one]) => queue.byId.get(id) === one)).toBe(true);
      expect([...queue.hits].sort().join(" ")).toBe([...oracle.hits].sort().join(" "));
      day.step();
    }
  });

  it("keeps its rows where nothing of them changed", () => {
    const queue = new DeskQueue();
    const asked = { waiting: [], view: viewOf(new URLSearchParams()), names: { site: null, customers: null }, places: new Map(), me: "" };
    const open = [alarm("1"), alarm("2", { severity: "low" })];
    const before = queue.answer({ ...asked, open });
    expect(queue.answer({ ...asked, open: [...open] })).toBe(before);
    const after = queue.answer({ ...asked, open: [...open, alarm("3", { severity: "medium" })] });
    expect(after.map((row) => row.id)).toEqual(["1", "3", "2"]);
    expect([after[0], after[2]]).toEqual([before[0], before[1]]);
    expect(after[0]).toBe(before[0]);
  });
});
