import { describe, expect, it } from "vitest";
import { editsOf, hasRule, ruleAround, withRule } from "./edits";

const TABLE = '[low_fuel]\nfor = "20s"\n';

describe("a draft", () => {
  it("takes a rule's table once, and before the overrides of machines", () => {
    const once = withRule("language = 1\n", "low_fuel", TABLE);
    expect(once).toBe(`language = 1\n\n${TABLE}`);
    expect(withRule(once, "low_fuel", TABLE)).toBe(once);
    const beside = withRule('language = 1\n\n[[override]]\nrule = "towed"\n', "low_fuel", TABLE);
    expect(beside).toBe(`language = 1\n\n${TABLE}\n[[override]]\nrule = "towed"\n`);
  });

  it("knows a rule's own table from its tests and from a longer name", () => {
    expect(hasRule("[low_fuel_2]\n", "low_fuel")).toBe(false);
    expect(hasRule("[[low_fuel.tests]]\n", "low_fuel")).toBe(false);
    expect(hasRule("  [ low_fuel ]\n", "low_fuel")).toBe(true);
  });

  it("tells in which rule the cursor is", () => {
    const text = `language = 1\n${TABLE}\n[[low_fuel.tests]]\nname = "x"\n[towed]\nfor = "1s"\n[[override]]\n`;
    expect(ruleAround(text, 3)).toBeUndefined();
    expect(ruleAround(text, text.indexOf("20s"))).toBe("low_fuel");
    expect(ruleAround(text, text.indexOf("[low_fuel]"))).toBe("low_fuel");
    expect(ruleAround(text, text.indexOf('"x"'))).toBe("low_fuel");
    expect(ruleAround(text, text.indexOf("1s"))).toBe("towed");
    expect(ruleAround(text, text.length)).toBeUndefined();
  });

  it("goes on from a site's own edits, and from nothing of a shipped set", () => {
    expect(editsOf({ kind: "site", files: { "site.toml": TABLE } })).toBe(TABLE);
    expect(editsOf({ kind: "base", files: { "low_fuel.toml": TABLE } })).toBe("language = 1\n");
  });
});
