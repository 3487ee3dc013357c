import { describe, expect, it } from "vitest";
import { faultCode, withoutNumbers } from "./faultCode";

describe("a fault code", () => {
  it("is taken apart into sender and numbers", () => {
    expect(faultCode("0/157/18")).toEqual({ address: "0", spn: "157", fmi: "18", controller: "engine" });
    expect(faultCode("200/100/1")?.controller).toBe("other");
    expect(faultCode("-1/100/1")?.controller).toBeNull();
    expect(faultCode("low_oil_pressure")).toBeNull();
  });

  it("says its numbers once: they stand beside the name, not in it", () => {
    expect(withoutNumbers("Fault code: root cause not known (SPN 157 FMI 11)")).toBe("Fault code: root cause not known");
    expect(withoutNumbers("机油压力：低于正常范围（SPN 100 FMI 1）")).toBe("机油压力：低于正常范围");
    expect(withoutNumbers("Low fuel (2)")).toBe("Low fuel (2)");
  });
});
