import { describe, expect, it } from "vitest";
import type { Machine } from "../api/types";
import { machine } from "../live/fixtures";
import { boxAround, gridFor, looksTheSame, machineFeatures, machinesIn } from "./features";

const at = (latitude_deg: number, longitude_deg: number) => ({
  position: { latitude_deg, longitude_deg, measured_at: "2026-11-21T10:00:00Z", is_coarse: false },
});

describe("machines on the map", () => {
  it("show where those head that travel and have just told it", () => {
    const told = (value: number, measured_at = "2026-11-21T10:00:00Z") => ({ signals: { heading_deg: { value, unit: "deg", measured_at } } });
    const under_way = { ...at(31, 121), work_state: "travelling", ...told(270) };
    const headings = machineFeatures(
      [
        machine("a", under_way),
        machine("b", { ...under_way, work_state: "working" }),
        machine("c", { ...under_way, online: false }),
        machine("d", { ...under_way, ...told(90, "2026-11-21T09:00:00Z") }),
      ],
      null,
    ).features.map((feature) => feature.properties.heading);
    expect(headings).toEqual([270, null, null, null]);
    const view = { west: 120, south: 30, east: 122, north: 32 };
    const one = (value: number) => machineFeatures([machine("a", { ...under_way, ...told(value) })], null);
    expect(looksTheSame(one(355), one(5), view, 0.001)).toBe(true);
    expect(looksTheSame(one(355), one(30), view, 0.001)).toBe(false);
  });

  it("are ranked by what is worst: alarms before none, online before offline", () => {
    const features = machineFeatures(
      [
        machine("a", at(31, 121)),
        machine("b", { ...at(31, 121), open_alarms: { count: 1, severity: "critical" } }),
        machine("c", { ...at(31, 121), online: false }),
        machine("d"),
        machine("e", { ...at(31, 121), online: false, open_alarms: { count: 1, severity: "info" } }),
      ],
      "c",
    ).features.map((feature) => feature.properties);
    expect(features.map(({ id, icon, rank }) => [id, icon, rank])).toEqual([
      ["a", "online", 5],
      ["b", "critical", 0],
      ["c", "offline", 6],
      ["e", "info", 4],
    ]);
    expect(features.filter(({ selected }) => selected).map(({ id }) => id)).toEqual(["c"]);
  });

  it("look the same until one in sight moves, gets worse or is chosen", () => {
    const view = { west: 100, south: 20, east: 130, north: 40 };
    const before = machineFeatures([machine("a", at(31, 121))], null);
    const same = (change: Partial<Machine>, selected: string | null = null, where = view) =>
      looksTheSame(before, machineFeatures([machine("a", { ...at(31, 121), ...change })], selected), where, 0.001);
    expect(same({ measured_at: "2026-11-21T10:00:09Z" })).toBe(true);
    expect(same(at(31, 121.0005))).toBe(true);
    expect(same(at(31, 121.01))).toBe(false);
    expect(same({ online: false })).toBe(false);
    expect(same({}, "a")).toBe(false);
    expect(same(at(31, 121.01), null, { west: 0, south: 40, east: 10, north: 60 })).toBe(true);
    expect(looksTheSame(before, machineFeatures([], null), view, 0.001)).toBe(false);
  });

  it("are listed for what the map shows, the worst first, also beyond the date line", () => {
    const all = [machine("a", at(31, 121)), machine("b", { ...at(31, 121), open_alarms: { count: 1, severity: "high" } }), machine("c", at(51, 6)), machine("d")];
    expect(machinesIn(all, { west: 100, south: 20, east: 130, north: 40 }).map(({ id }) => id)).toEqual(["b", "a"]);
    expect(machinesIn(all, { west: 360, south: 40, east: 380, north: 60 }).map(({ id }) => id)).toEqual(["c"]);
  });

  it("are inside their box, and no machines have none", () => {
    expect(boxAround([])).toBeNull();
    const box = boxAround([machine("a", at(31, 121)), machine("b", at(30, 120))])!;
    expect(box.west).toBeLessThan(120);
    expect(box.north).toBeGreaterThan(31);
  });

  it("have a grid with a handful of labelled lines at every zoom", () => {
    for (const width of [0.02, 0.5, 7, 90, 300]) {
      const { lines } = gridFor({ west: 100, south: 20, east: 100 + width, north: 20 + width / 6 });
      expect(lines.features.length).toBeGreaterThan(0);
      expect(lines.features.length).toBeLessThanOrEqual(20);
    }
    const { names } = gridFor({ west: 120.9, south: 31, east: 121.1, north: 31.1 });
    expect(names.features[0]?.properties.label).toContain("°E");
    for (const { geometry, properties } of names.features)
      if (properties.anchor === "top") expect(Math.abs(geometry.coordinates[0]! - 121)).toBeLessThan(0.087);
  });
});
