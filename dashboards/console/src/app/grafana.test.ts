import { describe, expect, it } from "vitest";
import { boardAddress } from "./grafana";

describe("addresses of boards", () => {
  it("lead to the fleet, to a machine, and to the span that is looked at", () => {
    expect(boardAddress("https://g.example/grafana", {})).toBe("https://g.example/grafana/d/ecc-overview");
    expect(boardAddress("https://g.example", { machine: "m-1" })).toBe("https://g.example/d/ecc-machine?var-machine=m-1");
    expect(boardAddress("https://g.example", { machine: "m-1", from: 1_000.4, to: 2_000 })).toBe("https://g.example/d/ecc-machine?var-machine=m-1&from=1000&to=2000");
  });
});
