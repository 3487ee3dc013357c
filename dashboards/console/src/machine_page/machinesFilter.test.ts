import { expect, test } from "vitest";
import type { DueItem, Machine } from "../api/types";
import { inOrder, isSilent, valuesOf, wantedMachines, wantedOf, withPart } from "./machinesFilter";

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
const shown = (search: string, owned: ReadonlySet<string> | null = null): string[] => names(wantedMachines(FLEET, wantedOf(new URLSearchParams(search)), owned, DUE));

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

test("who is stored is not silent", () => {
  expect(FLEET.map(isSilent)).toEqual([false, true, false]);
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
