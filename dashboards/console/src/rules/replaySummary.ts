/** Pure: a replay's summary with the names and numbers that the pages show; the API leaves its shape open. */
import type { RuleReplay } from "../api/types";

export interface RuleCounts {
  readonly key: string;
  readonly live: number;
  readonly found: number;
  readonly raised: number;
  readonly new: number;
  readonly gone: number;
  readonly moved: number;
  /** At the same times, with another severity. */
  readonly regraded: number;
}

export interface SeatLoad {
  readonly alarms: number;
  readonly mean: number;
  readonly peak: number;
  readonly busy_share: number;
  readonly flood_share: number;
}

export interface Caught {
  readonly of: number;
  readonly found: number;
  readonly live: number;
  readonly lost?: number;
  readonly saved?: number;
}

export interface ReplaySummary {
  readonly machines: number;
  readonly signals: number;
  readonly seats: number;
  readonly readS: number;
  readonly judgeS: number;
  readonly rules: readonly RuleCounts[];
  readonly totals: Omit<RuleCounts, "key">;
  readonly confirmed: Caught | null;
  readonly nuisances: Caught | null;
  readonly lostFindings: readonly { finding_id: string; source_key: string }[];
  readonly load: Readonly<Record<"found" | "live" | "raised", SeatLoad>> | null;
}

interface Raw {
  machines?: number;
  signals?: number;
  seats?: number;
  read_cpu_seconds?: number;
  judge_cpu_seconds?: number;
  by_rule?: Record<string, Partial<Omit<RuleCounts, "key">>>;
  verdicts?: { confirmed: Caught; nuisances: Caught; lost: { finding_id: string; source_key: string }[] };
  load?: Record<"found" | "live" | "raised", SeatLoad>;
}

/** How many findings of a rule differ. */
export function differing(one: Omit<RuleCounts, "key">): number {
  return one.new + one.gone + one.moved + one.regraded;
}

const COUNTED = ["live", "found", "raised", "new", "gone", "moved", "regraded"] as const;

/** The figures of a replay that is done; null of any other. Rules with differences come first, the most of them on top. */
export function summaryOf(replay: RuleReplay): ReplaySummary | null {
  if (replay.state !== "done" || replay.kind !== "history") return null;
  const raw = replay.summary as Raw;
  const rules = Object.entries(raw.by_rule ?? {}).map(([key, counts]): RuleCounts => ({ key, live: 0, found: 0, raised: 0, new: 0, gone: 0, moved: 0, regraded: 0, ...counts }));
  rules.sort((a, b) => differing(b) - differing(a) || b.live - a.live || a.key.localeCompare(b.key));
  const totals = { live: 0, found: 0, raised: 0, new: 0, gone: 0, moved: 0, regraded: 0 };
  for (const one of rules) for (const name of COUNTED) totals[name] += one[name];
  return {
    machines: raw.machines ?? 0,
    signals: raw.signals ?? 0,
    seats: raw.seats ?? 0,
    readS: raw.read_cpu_seconds ?? 0,
    judgeS: raw.judge_cpu_seconds ?? 0,
    rules,
    totals,
    confirmed: raw.verdicts?.confirmed ?? null,
    nuisances: raw.verdicts?.nuisances ?? null,
    lostFindings: raw.verdicts?.lost ?? [],
    load: raw.load ?? null,
  };
}
