import { describe, expect, it } from "vitest";
import { machine } from "../live/fixtures";
import { matching, sorted } from "./sorting";

const ids = (rows: readonly { id: string }[]) => rows.map((row) => row.id);
const fuel = (value: number) => ({ signals: { fuel_level_pct: { value, unit: "%", measured_at: "2026-11-21T10:00:00Z" } } });

describe("the fleet table", () => {
  it("sorts numbers in names as numbers", () => {
    const rows = [machine("10", { name: "Excavator 10" }), machine("9", { name: "Excavator 9" })];
    expect(ids(sorted(rows, { key: "name", descending: false }))).toEqual(["9", "10"]);
  });

  it("puts machines without a value last in both directions", () => {
    const rows = [machine("none"), machine("low", fuel(10)), machine("high", fuel(90))];
    expect(ids(sorted(rows, { key: "signal:fuel_level_pct", descending: false }))).toEqual(["low", "high", "none"]);
    expect(ids(sorted(rows, { key: "signal:fuel_level_pct", descending: true }))).toEqual(["high", "low", "none"]);
  });

  it("puts the worst open alarm first", () => {
    const rows = [
      machine("a", { open_alarms: { count: 3, severity: "low" } }),
      machine("b"),
      machine("c", { open_alarms: { count: 1, severity: "critical" } }),
    ];
    expect(ids(sorted(rows, { key: "alarms", descending: false }))).toEqual(["c", "a", "b"]);
  });

  it("finds machines by every typed word", () => {
    const rows = [machine("1", { name: "Excavator 7", site: "North quarry" }), machine("2", { name: "Roller 7", site: "Harbour" })];
    expect(ids(matching(rows, "7 north"))).toEqual(["1"]);
    expect(matching(rows, "  ")).toBe(rows);
  });

  it("takes a typed number by itself, and within longer ones only where nothing has it by itself", () => {
    const rows = ["1", "5", "50"].map((n) => machine(n, { name: `XMR403 No. ${n}`, pin: `XUG5${n}`, serial_number: "7512345" }));
    expect(ids(matching(rows, "XMR403 No. 5"))).toEqual(["5"]);
    expect(ids(matching(rows, "75123"))).toEqual(["1", "5", "50"]);
  });
});
