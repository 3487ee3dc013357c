import { describe, expect, it } from "vitest";
import type { FindingQuality } from "../api/types";
import { filtered, outcomeOf, ruleRows, sorted, type RuleOfSet } from "./ruleRows";

const version = (key: string, right: number, wrong: number, minutes: number): FindingQuality => ({
  source_kind: "rule", source_key: key, text: { zh: "", en: "" }, version: `${right}`, findings: right + wrong + 1, verdicts: { true_fault: right, nuisance: wrong, sensor: 0, not_found: 0 },
  precision: null, precision_low: null, precision_high: null, false_alarm_minutes: minutes, leads: 0, lead_h_median: null, lead_h_least: null,
});
const rule = (key: string, severity: RuleOfSet["severity"]): RuleOfSet => ({ key, severity, title: { zh: "名", en: `Name of ${key}` }, when: "x > 1", clear: "", for_s: 0, limits: {}, applies_to: "all", causes: [], checks: [], sources: [] });
const RULES = [rule("a", "low"), rule("b", "critical"), rule("c", null)];

describe("rules in force", () => {
  it("takes a rule's versions together", () => {
    expect(outcomeOf([version("a", 3, 1, 5.04), version("a", 0, 0, 2)])).toEqual({ findings: 6, judged: 4, right: 3, precision: 0.75, minutes: 7 });
    expect(outcomeOf([])).toEqual({ findings: 0, judged: 0, right: 0, precision: null, minutes: 0 });
  });

  it("says how the set in shadow has each", () => {
    const rows = ruleRows(RULES, [], new Map([["a", true], ["b", false]]));
    expect(rows.map((row) => row.shadow)).toEqual(["changed", "gone", "same"]);
    expect(ruleRows(RULES, [], null).every((row) => row.shadow === null)).toBe(true);
  });

  it("finds by any of its words and sorts the worst first, rules without verdicts last", () => {
    const rows = ruleRows(RULES, [version("a", 3, 1, 0), version("b", 1, 3, 9)], null);
    expect(filtered(rows, "name B", new Set()).map((row) => row.id)).toEqual(["b"]);
    expect(filtered(rows, "", new Set(["low" as const])).map((row) => row.id)).toEqual(["a"]);
    expect(sorted(rows, "precision", false).map((row) => row.id)).toEqual(["b", "a", "c"]);
    expect(sorted(rows, "severity", false).map((row) => row.id)).toEqual(["b", "a", "c"]);
    expect(sorted(rows, "rule", true).map((row) => row.id)).toEqual(["c", "b", "a"]);
  });
});
