import { describe, expect, it } from "vitest";
import { alarm, machine } from "../live/fixtures";
import { DeskQueue } from "./deskQueue";
import { alone, gathered, placesOf } from "./triage";
import { viewOf } from "./view";

const of = (id: string) => ({ id, pin: id, name: id, kind: "excavator" });
const ids = (rows: readonly { readonly id: string }[]) => rows.map((row) => row.id);

describe("the queue", () => {
  const places = placesOf(
    [
      machine("works", { site: "A", organisation: "North" }),
      machine("works too", { site: "A", organisation: "North" }),
      machine("alone", { site: "B", organisation: "South" }),
      machine("stands", { site: "A", organisation: "South", work_state: "off" }),
    ],
    new Map(),
  );
  const queueOf = (alarms: readonly ReturnType<typeof alarm>[]): DeskQueue => {
    const queue = new DeskQueue();
    queue.answer({ open: alarms, waiting: [], view: viewOf(new URLSearchParams()), names: { site: null, customers: null }, places, me: "expert" });
    return queue;
  };
  const order = (...alarms: ReturnType<typeof alarm>[]) => [...queueOf(alarms).rows].map((row) => row.id);

  it("is by severity before all else", () => {
    expect(order(alarm("high", { severity: "high", machine: of("alone") }), alarm("critical", { machine: of("stands") }))).toEqual(["critical", "high"]);
  });

  it("puts a machine at work before one that stands, and the only one of its kind before others", () => {
    expect(order(alarm("1", { machine: of("stands") }), alarm("2", { machine: of("works") }), alarm("3", { machine: of("alone") }))).toEqual(["3", "2", "1"]);
  });

  it("puts the customer with more machines in trouble first", () => {
    const second = alarm("2", { severity: "low", machine: of("works") });
    const other = alarm("1", { severity: "low", machine: of("nowhere") });
    const hit = [alarm("3", { machine: of("works") }), alarm("4", { machine: of("works too") })];
    expect(order(other, second, ...hit).slice(2)).toEqual(["2", "1"]);
    expect(queueOf(hit).hits).toEqual(new Map([["North", 2]]));
  });

  it("puts what somebody has answered after what nobody has, and what calls nobody at the end", () => {
    const taken = alarm("taken", { lifecycle: "active_acknowledged", machine: of("works") });
    const open = alarm("open", { machine: of("stands") });
    const shelved = alarm("shelved", { suppression: "shelved", machine: of("works") });
    const info = alarm("info", { severity: "info", machine: of("stands") });
    const gone = alarm("gone", { state: "cleared", lifecycle: "returned_unacknowledged", machine: of("works") });
    expect(order(shelved, info, taken, gone, open)).toEqual(["open", "gone", "taken", "info", "shelved"]);
  });

  it("puts the newest of equals first", () => {
    expect(order(alarm("old"), alarm("new", { committed_at: "2026-11-21T10:00:02Z" }))).toEqual(["new", "old"]);
  });
});

describe("the places of machines", () => {
  it("are the same object while only readings change", () => {
    const before = placesOf([machine("a"), machine("b", { site: "A" })], new Map());
    expect(placesOf([machine("a", { measured_at: "2026-11-21T11:00:00Z" }), machine("b", { site: "A" })], before)).toBe(before);
    expect(placesOf([machine("a", { work_state: "off" }), machine("b", { site: "A" })], before)).not.toBe(before);
    expect(placesOf([machine("a")], before)).not.toBe(before);
  });

  it("are looked at again only where a machine is another", () => {
    const were = [machine("a", { site: "A" }), machine("b", { site: "A" })];
    const before = placesOf(were, new Map());
    const reads = [were[0]!, machine("b", { site: "A", measured_at: "2026-11-21T11:00:00Z" })];
    expect(placesOf(reads, before, were)).toBe(before);
    for (const change of [{ site: "B" }, { kind: "roller" }, { mode: "stored" }, { organisation: "North" }, { online: false }, { work_state: "off" }] as const)
      expect(placesOf([were[0]!, machine("b", { site: "A", ...change })], before, were)).toEqual(placesOf([were[0]!, machine("b", { site: "A", ...change })], new Map()));
    expect(placesOf([were[1]!, were[0]!], before, were)).toBe(before);
    expect(placesOf([were[0]!], before, were).size).toBe(1);
  });
});

describe("what belongs together", () => {
  const cause = alarm("cause", { raised_at: "2026-11-21T10:00:05Z" });
  const follows = alarm("follows", { inhibited_by: "cause", raised_at: "2026-11-21T10:00:04Z" });
  const further = alarm("further", { inhibited_by: "follows" });
  const other = alarm("other", { machine: of("m2") });
  const alarms = [cause, other, follows, further];
  const queue = alarms.map(alone);
  const byId = new Map(alarms.map((one) => [one.id, one]));

  it("stands behind its cause, folded or open, and says what came first", () => {
    const [top, ...rest] = gathered(queue, "cascade", byId, new Map(), new Set());
    expect([ids(top!.behind), top!.isFirstOut, ids(rest)]).toEqual([["follows", "further"], false, ["other"]]);
    const open = gathered(queue, "cascade", byId, new Map(), new Set(["cause"]));
    expect(open.map((row) => [row.id, row.isBehind, row.isFirstOut])).toEqual([
      ["cause", false, false],
      ["follows", true, false],
      ["further", true, true],
      ["other", false, false],
    ]);
  });

  it("is drawn anew only when something of it is another", () => {
    const made = () => gathered([...queue], "cascade", byId, new Map(), new Set(["cause"]));
    const before = made();
    made().forEach((row, i) => expect(row).toBe(before[i]));
    const changed = { ...further, chattering: true };
    const after = gathered([cause, other, follows, changed].map(alone), "cascade", byId, new Map(), new Set(["cause"]));
    expect(after.map((row, i) => row === before[i])).toEqual([false, true, false, true]);
  });

  it("stands together behind what explains it, though a link between them is not in the list", () => {
    const rows = gathered([cause, other, further].map(alone), "cascade", byId, new Map(), new Set());
    expect([ids(rows), ids(rows[0]!.behind)]).toEqual([["cause", "other"], ["further"]]);
  });

  it("stands together though its cause is not in the list", () => {
    expect(ids(gathered([follows, further, other].map(alone), "cascade", new Map([follows, further, other].map((one) => [one.id, one])), new Map(), new Set()))).toEqual(["follows", "other"]);
  });

  it("is a machine's, or nothing", () => {
    expect(ids(gathered(queue, "machine", byId, new Map(), new Set()))).toEqual(["cause", "other"]);
    expect(ids(gathered(queue, "none", byId, new Map(), new Set()))).toEqual(ids(queue));
  });
});
