import { describe, expect, it } from "vitest";
import { alarm, live, machine } from "./fixtures";
import { asksAnswer, keepNewer, mergeAlarms, mergeMachines } from "./merge";

describe("live updates in the machine list", () => {
  it("changes the rows that were updated and keeps the others' identity", () => {
    const list = [machine("a"), machine("b")];
    const value = { value: 97, unit: "degC", measured_at: "2026-11-21T10:00:01Z" };
    const { machines, unknown } = mergeMachines(
      list,
      new Map([["b", live("b", { severity: "high", open_alarms: 2, signals: { engine_coolant_temp_degc: value } })]]),
    );
    expect(machines[0]).toBe(list[0]);
    expect(machines[1]?.open_alarms).toEqual({ count: 2, severity: "high" });
    expect(machines[1]?.signals["engine_coolant_temp_degc"]).toBe(value);
    expect(unknown).toEqual([]);
  });

  it("never shows an older reading over a newer one", () => {
    const list = [machine("a", { measured_at: "2026-11-21T10:00:05Z", work_state: "idle" })];
    const { machines } = mergeMachines(list, new Map([["a", live("a", { work_state: "working" })]]));
    expect(machines[0]).toBe(list[0]);
  });

  it("compares instants, not texts", () => {
    const list = [machine("a", { measured_at: "2026-11-21T10:00:01.500Z" })];
    const { machines } = mergeMachines(list, new Map([["a", live("a", { measured_at: "2026-11-21T10:00:01Z" })]]));
    expect(machines[0]).toBe(list[0]);
  });

  it("keeps a signal that an update does not carry, and the last position", () => {
    const value = { value: 50, unit: "%", measured_at: "2026-11-21T10:00:00Z" };
    const position = { latitude_deg: 31, longitude_deg: 121, measured_at: "2026-11-21T10:00:00Z", is_coarse: false };
    const { machines } = mergeMachines([machine("a", { signals: { fuel_level_pct: value }, position })], new Map([["a", live("a")]]));
    expect(machines[0]?.signals["fuel_level_pct"]).toBe(value);
    expect(machines[0]?.position).toBe(position);
  });

  it("names machines that the list does not know", () => {
    expect(mergeMachines([machine("a")], new Map([["z", live("z")]])).unknown).toEqual(["z"]);
  });

  it("drops a machine that has gone, and asks for nothing when it was not there", () => {
    const list = [machine("a"), machine("b")];
    const { machines, unknown } = mergeMachines(list, new Map([["a", null], ["z", null]]));
    expect(machines).toEqual([list[1]]);
    expect(unknown).toEqual([]);
  });

  it("does not let a slow fetch undo what the line brought meanwhile", () => {
    const held = [machine("a", { measured_at: "2026-11-21T10:00:09Z" }), machine("b")];
    const fetched = [machine("a", { measured_at: "2026-11-21T10:00:07Z" }), machine("b", { measured_at: "2026-11-21T10:00:08Z" })];
    const kept = keepNewer(held, fetched);
    expect(kept[0]).toBe(held[0]);
    expect(kept[1]).toBe(fetched[1]);
  });
});

describe("live updates in the alarm list", () => {
  it("adds a new alarm, replaces a known one and keeps one that cleared, for the view to show as cleared", () => {
    const list = [alarm("1"), alarm("2")];
    const cleared = alarm("2", { state: "cleared", cleared_at: "2026-11-21T10:05:00Z" });
    const result = mergeAlarms(list, new Map([["2", cleared], ["3", alarm("3")]]));
    expect(result.map((row) => [row.id, row.state])).toEqual([["1", "active"], ["2", "cleared"], ["3", "active"]]);
    expect(result[0]).toBe(list[0]);
  });

  it("stays the same list when no update is about it", () => {
    const list = [alarm("1")];
    expect(mergeAlarms(list, new Map([["9", alarm("9", { state: "cleared", lifecycle: "normal" })]]))).toBe(list);
  });

  it("takes what is over and asks for an answer, where it is asked to", () => {
    const gone = alarm("9", { state: "cleared", lifecycle: "returned_unacknowledged" });
    expect(mergeAlarms([], new Map([["9", gone]]), asksAnswer)).toEqual([gone]);
  });

  it("does not add one that was already over when it was first heard of", () => {
    expect(mergeAlarms([], new Map([["9", alarm("9", { state: "withdrawn" })]]))).toEqual([]);
  });
});
