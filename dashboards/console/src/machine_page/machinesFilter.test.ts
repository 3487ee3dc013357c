import { expect, test } from "vitest";
import { alarm } from "../live/fixtures";
import type { DueItem, Machine } from "../api/types";
import { inOrder, silentIn, valuesOf, wantedMachines, wantedOf, withPart } from "./machinesFilter";

function machine(name: string, more: Partial<Machine> = {}): Machine {
  return {
    id: name, pin: `PIN-${name}`, serial_number: null, equipment_id: null, name, kind: "excavator", model: "SY215C", maker: null, site: null, organisation: "North",
    mode: "in_service", online: true, work_state: "working", measured_at: null, received_at: null, position: null, open_alarms: { count: 0, severity: null }, signals: {}, ...more,
  };
}

const FLEET = [
  machine("No. 10", { site: "Quarry", open_alarms: { count: 2, severity: "high" } }),
  machine("No. 2", { site: "Harbour", online: false }),
  machine("No. 3", { model: null, online: null, mode: "stored" }),
];
const DUE = new Map([["No. 2", { due_on: "2026-11-20" } as DueItem]]);
const names = (machines: readonly Machine[]): string[] => machines.map((one) => one.name);
const shown = (search: string, owned: ReadonlySet<string> | null = null): string[] => names(wantedMachines(FLEET, wantedOf(new URLSearchParams(search)), owned, DUE, new Set(["No. 2"])));

test("the address says what is shown", () => {
  expect(shown("")).toEqual(["No. 10", "No. 2", "No. 3"]);
  expect(shown("only=alarms")).toEqual(["No. 10"]);
  expect(shown("only=silent")).toEqual(["No. 2"]);
  expect(shown("only=due")).toEqual(["No. 2"]);
  expect(shown("only=alarms|due")).toEqual([]);
  expect(shown("site=Quarry|Harbour&q=2")).toEqual(["No. 2"]);
  expect(shown("state=offline")).toEqual(["No. 2", "No. 3"]);
  expect(shown("organisation=x", new Set(["No. 3"]))).toEqual(["No. 3"]);
  expect(shown("organisation=x")).toEqual([]);
});

test("silent is of whom an alarm says so while it stands", () => {
  const of = (id: string) => ({ id, pin: "", name: id, kind: "excavator" });
  const told = { source_key: "machine_silent", machine: of("No. 2") };
  expect([...silentIn([alarm("1", told), alarm("2", { ...told, state: "cleared", machine: of("No. 3") }), alarm("3", { machine: of("No. 10") })])]).toEqual(["No. 2"]);
});

test("numbers in names are numbers, and what has no value comes last either way", () => {
  expect(names(inOrder(FLEET, { key: "site", descending: false }, DUE))).toEqual(["No. 2", "No. 10", "No. 3"]);
  expect(names(inOrder(FLEET, { key: "site", descending: true }, DUE))).toEqual(["No. 10", "No. 2", "No. 3"]);
  expect(names(inOrder(FLEET, { key: "due", descending: true }, DUE))).toEqual(["No. 2", "No. 3", "No. 10"]);
  expect(names(inOrder(FLEET, { key: "name", descending: false }, DUE))).toEqual(["No. 2", "No. 3", "No. 10"]);
});

test("an empty choice leaves the address", () => {
  expect(withPart(new URLSearchParams("site=a&q=b"), "site", []).toString()).toBe("q=b");
  expect(withPart(new URLSearchParams(), "only", ["due", "silent"]).get("only")).toBe("due|silent");
  expect(valuesOf(FLEET, "site")).toEqual(["Harbour", "Quarry"]);
});
