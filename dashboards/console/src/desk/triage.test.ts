import { describe, expect, it } from "vitest";
import { alarm, machine } from "../live/fixtures";
import { gathered, hitMachines, placesOf, queued } from "./triage";

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
  const order = (...alarms: ReturnType<typeof alarm>[]) => ids(queued(alarms, places, hitMachines(alarms, places)));

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
    expect(hitMachines(hit, places)).toEqual(new Map([["North", 2]]));
  });

  it("puts what somebody has answered after what nobody has, and what calls nobody at the end", () => {
    const taken = alarm("taken", { lifecycle: "active_acknowledged", machine: of("works") });
    const open = alarm("open", { machine: of("stands") });
    const shelved = alarm("shelved", { suppression: "shelved", machine: of("works") });
    const info = alarm("info", { severity: "info", machine: of("stands") });
    const gone = alarm("gone", { state: "cleared", lifecycle: "returned_unacknowledged", machine: of("works") });
    expect(order(shelved, info, taken, gone, open)).toEqual(["open", "gone", "taken", "info", "shelved"]);
  });

  it("is the same whatever it was before", () => {
    const alarms = Array.from({ length: 30 }, (_, i) => alarm(`${i}`, { severity: (["critical", "low", "info"] as const)[i % 3]!, committed_at: `2026-11-21T10:00:${String((i * 7) % 60).padStart(2, "0")}Z` }));
    const queue = queued(alarms, places, new Map());
    const before = [...queue.slice(5), alarm("left"), queue[2]!];
    expect(ids(queued(alarms, places, new Map(), before))).toEqual(ids(queue));
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
});

describe("what belongs together", () => {
  const cause = alarm("cause", { raised_at: "2026-11-21T10:00:05Z" });
  const follows = alarm("follows", { inhibited_by: "cause", raised_at: "2026-11-21T10:00:04Z" });
  const further = alarm("further", { inhibited_by: "follows" });
  const other = alarm("other", { machine: of("m2") });
  const queue = [cause, other, follows, further];

  it("stands behind its cause, folded or open, and says what came first", () => {
    const [top, ...rest] = gathered(queue, "cascade", new Map(), new Set());
    expect([ids(top!.behind), top!.isFirstOut, ids(rest)]).toEqual([["follows", "further"], false, ["other"]]);
    const open = gathered(queue, "cascade", new Map(), new Set(["cause"]));
    expect(open.map((row) => [row.id, row.isBehind, row.isFirstOut])).toEqual([
      ["cause", false, false],
      ["follows", true, false],
      ["further", true, true],
      ["other", false, false],
    ]);
  });

  it("stands together though its cause is not in the list", () => {
    expect(ids(gathered([follows, further, other], "cascade", new Map(), new Set()))).toEqual(["follows", "other"]);
  });

  it("is a machine's, or nothing", () => {
    expect(ids(gathered(queue, "machine", new Map(), new Set()))).toEqual(["cause", "other"]);
    expect(ids(gathered(queue, "none", new Map(), new Set()))).toEqual(ids(queue));
  });
});
