/** Pure: the rules in force as rows, each with what its findings of late turned out to be; filtered and sorted. */
import type { FindingQuality, RuleSetDetail } from "../api/types";
import { severityRank, type Severity } from "../severity/severity";

export type RuleOfSet = RuleSetDetail["rules"][number];

/** Findings of a rule, whatever its version, and their verdicts. */
export interface Outcome {
  readonly findings: number;
  readonly judged: number;
  readonly right: number;
  /** null: no finding has a verdict. */
  readonly precision: number | null;
  readonly minutes: number;
}

export interface RuleRow extends Outcome {
  /** The rule's key. */
  readonly id: string;
  readonly rule: RuleOfSet;
  /** How the set in shadow has it, if there is one. */
  readonly shadow: "same" | "changed" | "gone" | null;
}

const NOTHING: Outcome = { findings: 0, judged: 0, right: 0, precision: null, minutes: 0 };

/** The versions of one source taken together. */
export function outcomeOf(versions: readonly FindingQuality[]): Outcome {
  if (versions.length === 0) return NOTHING;
  let findings = 0, judged = 0, right = 0, minutes = 0;
  for (const { verdicts, ...version } of versions) {
    findings += version.findings;
    right += verdicts.true_fault;
    judged += verdicts.true_fault + verdicts.nuisance + verdicts.sensor + verdicts.not_found;
    minutes += version.false_alarm_minutes;
  }
  return { findings, judged, right, precision: judged === 0 ? null : right / judged, minutes: Math.round(minutes * 10) / 10 };
}

/** One row a rule. `shadowed`: key -> whether the rule is in the shadow set, for the rules in which it differs; null: no set is in shadow. */
export function ruleRows(rules: readonly RuleOfSet[], quality: readonly FindingQuality[], shadowed: ReadonlyMap<string, boolean> | null): RuleRow[] {
  const versions = new Map<string, FindingQuality[]>();
  for (const one of quality) versions.set(one.source_key, [...(versions.get(one.source_key) ?? []), one]);
  return rules.map((rule) => {
    const inShadow = shadowed?.get(rule.key);
    const shadow = shadowed === null ? null : inShadow === undefined ? "same" : inShadow ? "changed" : "gone";
    return { id: rule.key, rule, shadow, ...outcomeOf(versions.get(rule.key) ?? []) };
  });
}

/** Rows whose key, names or condition hold every word of `search`, of the severities chosen (none: all). */
export function filtered(rows: readonly RuleRow[], search: string, severities: ReadonlySet<Severity>): RuleRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(({ rule }) => {
    if (severities.size > 0 && (rule.severity === null || !severities.has(rule.severity))) return false;
    const text = [rule.key, rule.title.zh, rule.title.en, rule.when, rule.applies_to].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export const SORTS = ["rule", "severity", "scope", "findings", "precision", "minutes"] as const;
export type SortKey = (typeof SORTS)[number];

function compare(a: RuleRow, b: RuleRow, key: SortKey): number {
  if (key === "findings") return b.findings - a.findings;
  if (key === "minutes") return b.minutes - a.minutes;
  if (key === "precision") return (a.precision ?? 2) - (b.precision ?? 2);
  if (key === "severity") return severityRank(a.rule.severity) - severityRank(b.rule.severity);
  return key === "scope" ? a.rule.applies_to.localeCompare(b.rule.applies_to) : 0;
}

/** Most findings and minutes first, the worst precision first (rules without a verdict last), the worst severity first; turned round when descending. */
export function sorted(rows: readonly RuleRow[], key: SortKey, descending: boolean): RuleRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * (compare(a, b, key) || a.id.localeCompare(b.id)));
}
