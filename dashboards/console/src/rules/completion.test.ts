import { describe, expect, it } from "vitest";
import { limitNames, offerAt, placeAt, type Known } from "./completion";

const KNOWN: Known = {
  signals: [{ key: "fuel_level_pct", name: "Fuel level", unit: "%", valid_min: 0, valid_max: 100 }],
  rules: [{ key: "low_fuel", name: "Low fuel" }],
  causes: [{ key: "fuel_leak", name: "Fuel leak" }],
  checks: [],
  words: { functions: { max: "the largest" }, keys: { when: "the condition" }, valid: "valid" },
};
const HEAD = 'language = 1\n\n[low_fuel]\nlimits = { least = "10 %", most = 3 }\n';

function labels(before: string): string[] {
  return offerAt(before, before, KNOWN)?.options.map((one) => one.label) ?? [];
}

describe("where the cursor is", () => {
  it("tells a condition from a key and a heading", () => {
    expect(placeAt(`${HEAD}when = "fuel`)).toEqual({ table: "rule", rule: "low_fuel", member: "when", inText: true });
    expect(placeAt(`${HEAD}when = "a < 1"\nfo`)).toMatchObject({ table: "rule", member: "" });
    expect(placeAt(`${HEAD}[lo`)).toMatchObject({ table: "heading" });
    expect(placeAt(`${HEAD}[[low_fuel.tests]]\nreadings = [\n  { at = "0s", fu`)).toEqual({ table: "tests", rule: "low_fuel", member: "readings", inText: false });
    expect(placeAt(`${HEAD}[[low_fuel.tests]]\nreadings = [\n  { at = "0s" },\n]\nra`)).toMatchObject({ table: "tests", member: "" });
  });
});

describe("what may stand there", () => {
  it("offers limits, signals with unit and meaning, functions and words in a condition", () => {
    const offer = offerAt(`${HEAD}when = "fu`, `${HEAD}when = "fu`, KNOWN);
    expect(offer?.length).toBe(2);
    expect(offer?.options.slice(0, 3)).toEqual([
      { label: "least", detail: "10 %", info: "", kind: "limit" },
      { label: "most", detail: "3", info: "", kind: "limit" },
      { label: "fuel_level_pct", detail: "%", info: "Fuel level\nvalid: 0 – 100 %", kind: "signal" },
    ]);
    expect(labels(`${HEAD}when = "fu`)).toContain("max");
  });

  it("offers units behind a number, keys at a line's beginning, names in their lists", () => {
    expect(labels(`${HEAD}when = "fuel_level_pct < 10 `)).toContain("%");
    expect(labels(`${HEAD}when = "fuel_level_pct < 10 k`)).toContain("kPa");
    expect(labels(`${HEAD}`)).toContain("when");
    expect(labels(`${HEAD}[[low_fuel.tests]]\n`)).toContain("raises");
    expect(labels(`${HEAD}severity = "`)).toEqual(["critical", "high", "medium", "low", "info"]);
    expect(labels(`${HEAD}causes = ["`)).toEqual(["fuel_leak"]);
    expect(labels(`${HEAD}inhibits = ["`)).toEqual(["low_fuel"]);
    expect(labels(`${HEAD}[[low_fuel.tests]]\nreadings = [{ at = "0s", `)).toEqual(["fuel_level_pct"]);
    expect(labels("language = 1\n")).toEqual([]);
  });

  it("knows only the limits of the rule itself", () => {
    expect(limitNames(`${HEAD}[towed]\n`, "towed")).toEqual([]);
    expect(limitNames(HEAD, "low_fuel").map((one) => one.key)).toEqual(["least", "most"]);
  });
});
