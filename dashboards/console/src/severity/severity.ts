/** The one scale of severities, worst first. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

const RANKS: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

/** 0 for critical .. 4 for info, 5 for none: the smaller, the worse. */
export function severityRank(severity: Severity | null): number {
  return severity === null ? 5 : RANKS[severity];
}

/** The worst of some severities, null of none. */
export function worstOf(severities: Iterable<Severity>): Severity | null {
  let worst: Severity | null = null;
  for (const severity of severities) if (severityRank(severity) < severityRank(worst)) worst = severity;
  return worst;
}

/** How many there are of each severity. */
export function countBySeverity(rows: Iterable<{ readonly severity: Severity }>): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const row of rows) counts[row.severity] += 1;
  return counts;
}
