import { describe, expect, it } from "vitest";
import type { OrganisationDetail } from "../api/types";
import { alarm, machine } from "../live/fixtures";
import { countByState, ofPart, placedIn, silenceReason, silentMachines, sitesOf, standAlike, withThoseBelow } from "./narrowed";

const organisation = (id: string, parent_id: string | null): OrganisationDetail => ({ id, name: `org ${id}`, parent_id }) as OrganisationDetail;
const tree = [organisation("maker", null), organisation("dealer", "maker"), organisation("north", "dealer"), organisation("south", "maker")];
const fleet = [
  machine("a", { site: "Pit", organisation: "org north", open_alarms: { count: 1, severity: "high" } }),
  machine("b", { site: "Pit", organisation: "org south", online: false }),
  machine("c", { organisation: null, work_state: "idle" }),
];
const ids = (machines: readonly { id: string }[]): string[] => machines.map((one) => one.id);
const all = { states: new Set<never>(), severities: new Set<never>() };

describe("the part of the fleet that is looked at", () => {
  it("is that of a dealer with the customers below", () => {
    const owners = withThoseBelow(tree, "org dealer");
    expect([...owners].sort()).toEqual(["org dealer", "org north"]);
    expect(ids(placedIn(fleet, null, owners))).toEqual(["a"]);
    expect(ids(placedIn(fleet, null, withThoseBelow(tree, "org maker")))).toEqual(["a", "b"]);
  });

  it("is that of a site, and of both", () => {
    expect(ids(placedIn(fleet, "Pit", null))).toEqual(["a", "b"]);
    expect(ids(placedIn(fleet, "Pit", new Set(["org south"])))).toEqual(["b"]);
    expect(placedIn(fleet, null, null)).toBe(fleet);
  });

  it("is narrowed by state and by the worst alarm, and is the same list when it is not", () => {
    expect(ofPart(fleet, all)).toBe(fleet);
    expect(ids(ofPart(fleet, { ...all, states: new Set(["offline", "idle"] as const) }))).toEqual(["b", "c"]);
    expect(ids(ofPart(fleet, { ...all, severities: new Set(["high"] as const) }))).toEqual(["a"]);
  });

  it("is counted by state, an offline machine as nothing else", () => {
    expect(countByState(fleet)).toMatchObject({ working: 1, offline: 1, idle: 1, off: 0 });
  });
});

describe("where machines stand", () => {
  it("is the same while only what they tell changes", () => {
    const moved = fleet.map((one) => ({ ...one, work_state: "off" as const }));
    expect(standAlike(fleet, moved)).toBe(true);
  });

  it("is another when one comes, goes, changes places or its site", () => {
    expect(standAlike(fleet, fleet.slice(1))).toBe(false);
    expect(standAlike(fleet, [fleet[1]!, fleet[0]!, fleet[2]!])).toBe(false);
    expect(standAlike(fleet, [{ ...fleet[0]!, site: "Quarry" }, fleet[1]!, fleet[2]!])).toBe(false);
  });
});

describe("silent machines", () => {
  const silent = (id: string, machineId: string, change = {}) =>
    alarm(id, { source_key: "machine_silent", machine: { id: machineId, pin: "", name: machineId, kind: "excavator" }, ...change });
  const known = [machine("a", { measured_at: "2026-11-21T09:00:00Z", site: "Pit" }), machine("b", { measured_at: "2026-11-21T09:30:00Z" })];

  it("are those with an open alarm for it, last heard last first, since their last reading", () => {
    const found = silentMachines([silent("1", "a"), silent("2", "b"), silent("3", "a", { state: "cleared" }), silent("4", "z"), alarm("5")], known, sitesOf(known));
    expect(ids(found)).toEqual(["2", "1"]);
    expect(found.map((one) => one.site)).toEqual([null, "Pit"]);
    expect(found[1]!.since).toBe(Date.parse("2026-11-21T09:00:00Z"));
  });

  it("are looked for in the part of the fleet that is looked at", () => {
    expect(silentMachines([silent("1", "a"), silent("2", "b")], known, sitesOf([known[1]!])).map((one) => one.id)).toEqual(["2"]);
  });

  it("say why in the words of their title", () => {
    expect(silenceReason("Machine silent: no coverage")).toBe("no coverage");
    expect(silenceReason("设备失联：网络盲区")).toBe("网络盲区");
    expect(silenceReason("Machine silent")).toBe("Machine silent");
  });
});
