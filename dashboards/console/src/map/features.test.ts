import { describe, expect, it } from "vitest";
import { machine } from "../live/fixtures";
import { boxAround, gridFor, machineFeatures } from "./features";

const at = (latitude_deg: number, longitude_deg: number) => ({
  position: { latitude_deg, longitude_deg, measured_at: "2026-11-21T10:00:00Z" },
});

describe("machines on the map", () => {
  it("are drawn with the worst above the others and the selected above all", () => {
    const features = machineFeatures(
      [
        machine("a", at(31, 121)),
        machine("b", { ...at(31, 121), open_alarms: { count: 1, severity: "critical" } }),
        machine("c", { ...at(31, 121), online: false }),
        machine("d"),
      ],
      "c",
    ).features.map((feature) => feature.properties);
    expect(features.map(({ id, icon }) => [id, icon])).toEqual([["a", "online"], ["b", "critical"], ["c", "offline"]]);
    const order = Object.fromEntries(features.map((feature) => [feature.id, feature.order]));
    expect(order["c"]).toBeGreaterThan(order["b"]!);
    expect(order["b"]).toBeGreaterThan(order["a"]!);
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
    expect(gridFor({ west: 120.9, south: 31, east: 121.1, north: 31.1 }).names.features[0]?.properties.label).toContain("°E");
  });
});
