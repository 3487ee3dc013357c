import { describe, expect, it } from "vitest";
import { titleOf } from "./title";

describe("the title", () => {
  it("names the page, and before it what is critical and what nobody has noticed", () => {
    const parts = { brand: "ECC Telematics", page: "Overview", critical: 0, unnoticed: 0 };
    expect(titleOf(parts)).toBe("Overview · ECC Telematics");
    expect(titleOf({ ...parts, page: "" })).toBe("ECC Telematics");
    expect(titleOf({ ...parts, critical: 2 })).toBe("(2) Overview · ECC Telematics");
    expect(titleOf({ ...parts, critical: 2, unnoticed: 1 })).toBe("● (2) Overview · ECC Telematics");
  });
});
