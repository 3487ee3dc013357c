/** Pure: which signals and which stretch the page shows, and what an answer did to the causes. */
import type { Alarm, Evidence, GuidedCause, GuidedQuestion, MachineEvent, MachineFault, Peers } from "../api/types";
import type { PeerBand } from "../chart/marks";
import type { FixedSpan } from "../chart/span";

const MOST_SIGNALS = 4;
const AIR = 0.04;
export const MINUTE_MS = 60_000;
const AROUND_MS = 15 * MINUTE_MS;
/** Lengths to look at the alarm's time with, in minutes. */
export const LENGTHS = [60, 1_440, 10_080, 43_200, 129_600] as const;

/** Those of the rule first, then what the diagnosis looked at, then what says what the machine was at. */
export function usualSignals(evidence: Pick<Evidence, "signals" | "contributions"> | undefined): string[] {
  if (evidence === undefined) return [];
  const order = ["rule", "observation", "context"];
  const known = evidence.signals.filter((signal) => signal.samples !== 0).toSorted((a, b) => order.indexOf(a.role) - order.indexOf(b.role)).map((signal) => signal.key);
  const drove = evidence.contributions.map((one) => one.key).filter((key) => known.includes(key));
  return [...new Set([...drove, ...known])].slice(0, MOST_SIGNALS);
}

/**
 * The evidence's window from its first reading on, with a little air; of what goes on, to its end or now, half an hour at most. Of
 * an alarm without evidence a quarter of an hour around its beginning.
 */
export function windowOf(evidence: Pick<Evidence, "from_at" | "to_at" | "signals"> | undefined, alarm: Pick<Alarm, "raised_at" | "cleared_at">, now: number): FixedSpan {
  const raised = Date.parse(alarm.raised_at);
  const ended = Math.min(now, alarm.cleared_at === null ? now : Date.parse(alarm.cleared_at) + MINUTE_MS, raised + 2 * AROUND_MS);
  if (evidence === undefined) return { kind: "fixed", from: raised - AROUND_MS, to: Math.max(raised + MINUTE_MS, ended) };
  const begins = evidence.signals.flatMap((signal) => signal.at.slice(0, 1)).map((at) => Date.parse(at));
  const from = Math.max(Date.parse(evidence.from_at), begins.length === 0 ? 0 : Math.min(...begins));
  const to = Math.max(Date.parse(evidence.to_at), ended);
  const air = Math.max(5_000, (to - from) * AIR);
  return { kind: "fixed", from: from - air, to: to + air };
}

/** A stretch of so many minutes that ends a tenth after the alarm began, and never in the future. */
export function around(raisedAt: string, minutes: number, now: number): FixedSpan {
  const to = Math.min(now, Date.parse(raisedAt) + minutes * MINUTE_MS * 0.1);
  return { kind: "fixed", from: to - minutes * MINUTE_MS, to };
}

/**
 * The borders that are the alarm's own: those of the rule's named limits, which may be tuned. What else it asks (that the
 * engine runs) is no limit of anything. Of a rule without named limits all of them.
 */
export function ownBorders(thresholds: Pick<NonNullable<Evidence["thresholds"]>, "borders" | "limits" | "nominal_voltage_v">): NonNullable<Evidence["thresholds"]>["borders"] {
  const values = thresholds.limits.flatMap(({ value }) => [value, value * (thresholds.nominal_voltage_v ?? 1)]);
  const own = thresholds.borders.filter((border) => values.some((value) => Math.abs(value - border.value) <= 1e-6 * Math.max(1, Math.abs(value))));
  return own.length === 0 ? thresholds.borders : own;
}

/** The peers' answer as the chart draws it. */
export function bandsOf(peers: Peers | undefined): PeerBand[] {
  if (peers === undefined) return [];
  const at = peers.at.map((text) => Date.parse(text));
  return Object.entries(peers.signals).map(([key, { low, middle, high }]) => ({ key, bucketMs: peers.bucket_s * 1000, at, low, middle, high }));
}

/** By how many percentage points the answers moved a cause; null where shares are unknown or nothing moved. */
export function movedBy(cause: Pick<GuidedCause, "share" | "first_share">): number | null {
  if (cause.share === null || cause.first_share === null) return null;
  const points = Math.round((cause.share - cause.first_share) * 100);
  return points === 0 ? null : points;
}

/** What names a question. */
export function questionKey(question: Pick<GuidedQuestion, "cause" | "check" | "when">): string {
  return [question.check ?? "", question.cause ?? "", question.when ?? ""].join(" ");
}

/** Checks that are open: the one to ask now first, which may have been picked. */
export function openChecks(questions: readonly GuidedQuestion[], picked: string | null): GuidedQuestion[] {
  const open = questions.filter((one) => one.check !== null && one.answer === null);
  const now = open.find((one) => questionKey(one) === picked) ?? open.find((one) => one.is_next) ?? open[0];
  return now === undefined ? [] : [now, ...open.filter((one) => one !== now)];
}

export interface DecodedCode {
  readonly key: string;
  readonly fault: MachineFault;
  readonly lamps: MachineEvent["lamps"];
  readonly inWindow: boolean;
}

/** The machine's codes with the lamps of their newest report, those of the window first. */
export function decoded(faults: readonly MachineFault[], events: readonly MachineEvent[]): DecodedCode[] {
  const codes = faults.map((fault) => {
    const own = events.find((one) => one.spn === fault.spn && one.fmi === fault.fmi && one.source_address === fault.source_address);
    return { key: fault.key, fault, lamps: own?.lamps ?? null, inWindow: own !== undefined };
  });
  return [...codes.filter((code) => code.inWindow), ...codes.filter((code) => !code.inWindow && code.fault.active)];
}

export interface Plot {
  /** The least and the greatest value, limits apart. */
  readonly low: number;
  readonly high: number;
  /** A path of SVG. */
  readonly line: string;
  readonly limitYs: readonly number[];
  readonly heldX: number;
}

/** A curve in a box of `size`, its limits in sight; a gap of a fifth of the window is left open. */
export function plotOf(
  curve: { readonly at: readonly string[]; readonly values: readonly number[] },
  limits: readonly number[],
  span: { readonly from: number; readonly to: number },
  heldAt: number,
  size: { readonly width: number; readonly height: number },
): Plot {
  const [low, high] = [Math.min(...curve.values), Math.max(...curve.values)];
  const [bottom, top] = [Math.min(low, ...limits), Math.max(high, ...limits)];
  const air = (top - bottom) * 0.08 || 1;
  const length = Math.max(1, span.to - span.from);
  const x = (at: number): number => Math.round(((at - span.from) / length) * size.width * 10) / 10;
  const y = (value: number): number => Math.round(((top + air - value) / (top - bottom + 2 * air)) * size.height * 10) / 10;
  const ms = curve.at.map((at) => Date.parse(at));
  const line = ms.map((at, i) => `${i === 0 || at - ms[i - 1]! > length / 5 ? "M" : "L"}${x(at)} ${y(curve.values[i]!)}`).join("");
  return { low, high, line, limitYs: limits.map(y), heldX: x(heldAt) };
}
