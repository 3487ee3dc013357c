import { describe, expect, it } from "vitest";
import type { Evidence, GuidedQuestion, MachineEvent, MachineFault, Peers } from "../api/types";
import { around, bandsOf, decoded, MINUTE_MS, movedBy, openChecks, ownBorders, plotOf, questionKey, usualSignals, windowOf } from "./view";

const signal = (key: string, role: string) => ({ key, role }) as Evidence["signals"][number];
const question = (check: string | null, more: Partial<GuidedQuestion> = {}) => ({ cause: "c", check, when: null, answer: null, is_next: false, ...more }) as GuidedQuestion;

describe("what is shown first", () => {
  it("is what drove the finding, then the rule's signals, then the diagnosis's", () => {
    const signals = [signal("load", "context"), signal("level", "observation"), signal("oil", "rule"), signal("rpm", "context"), signal("temp", "rule")];
    expect(usualSignals({ signals, contributions: [] })).toEqual(["oil", "temp", "level", "load"]);
    expect(usualSignals({ signals, contributions: [{ key: "rpm", value: 1 }] })[0]).toBe("rpm");
    expect(usualSignals(undefined)).toEqual([]);
    const silent = { ...signal("level", "rule"), samples: 0 };
    expect(usualSignals({ signals: [silent, signal("oil", "rule")], contributions: [] })).toEqual(["oil"]);
  });

  it("is the window with air, or the time around the alarm's beginning", () => {
    const evidence = { from_at: "2026-11-21T10:00:00Z", to_at: "2026-11-21T10:40:00Z", signals: [] };
    const alarm = { raised_at: "2026-11-21T10:10:00Z", cleared_at: "2026-11-21T10:20:00Z" };
    const now = Date.parse("2026-11-22T00:00:00Z");
    const { from, to } = windowOf(evidence, alarm, now);
    expect([from, to]).toEqual([Date.parse("2026-11-21T09:58:24Z"), Date.parse("2026-11-21T10:41:36Z")]);
    const late = { ...evidence, signals: [{ at: ["2026-11-21T10:20:00Z"] }, { at: [] }] as unknown as Evidence["signals"] };
    expect(windowOf(late, alarm, now).from).toBe(Date.parse("2026-11-21T10:19:12Z"));
    expect(windowOf(undefined, alarm, now)).toEqual({ kind: "fixed", from: Date.parse("2026-11-21T09:55:00Z"), to: Date.parse("2026-11-21T10:21:00Z") });
  });

  it("of what goes on reaches to now, half an hour at most", () => {
    const evidence = { from_at: "2026-11-21T10:00:00Z", to_at: "2026-11-21T10:10:05Z", signals: [] };
    const alarm = { raised_at: "2026-11-21T10:10:00Z", cleared_at: null };
    const end = (now: string): string => new Date(windowOf(evidence, alarm, Date.parse(now)).to).toISOString();
    expect(end("2026-11-21T10:20:00Z")).toBe("2026-11-21T10:20:48.000Z");
    expect(end("2026-11-22T10:20:00Z")).toBe("2026-11-21T10:41:36.000Z");
  });

  it("never reaches into the future", () => {
    const raised = "2026-11-21T10:00:00Z";
    const now = Date.parse(raised) + MINUTE_MS;
    expect(around(raised, 1_440, now)).toEqual({ kind: "fixed", from: now - 1_440 * MINUTE_MS, to: now });
  });
});

describe("the guided checks", () => {
  it("ask the next one, or the one that was picked, and no observation", () => {
    const questions = [question("a"), question("b", { is_next: true }), question(null, { when: "x" }), question("d", { answer: "no" })];
    expect(openChecks(questions, null).map((one) => one.check)).toEqual(["b", "a"]);
    expect(openChecks(questions, questionKey(questions[0]!)).map((one) => one.check)).toEqual(["a", "b"]);
    expect(openChecks([], null)).toEqual([]);
  });

  it("say how far they moved a cause", () => {
    expect(movedBy({ share: 0.93, first_share: 0.38 })).toBe(55);
    expect(movedBy({ share: 0.381, first_share: 0.38 })).toBeNull();
    expect(movedBy({ share: null, first_share: null })).toBeNull();
  });
});

it("fault codes of the window come first, with their lamps; old ones that are over do not", () => {
  const fault = (spn: number, active: boolean) => ({ key: `0/${spn}/1`, source_address: 0, spn, fmi: 1, active }) as MachineFault;
  const lamps = { protect: false, amber: true, red_stop: false, mil: false };
  const events = [{ source_address: 0, spn: 2, fmi: 1, lamps } as MachineEvent];
  expect(decoded([fault(1, true), fault(2, false), fault(3, false)], events).map((code) => [code.fault.spn, code.lamps])).toEqual([[2, lamps], [1, null]]);
});

it("the peers' band is drawn by its buckets", () => {
  const peers = { bucket_s: 60, at: ["2026-11-21T10:00:00Z"], signals: { x: { unit: "kPa", low: [1], middle: [2], high: [3], machines: [7] } } } as unknown as Peers;
  expect(bandsOf(peers)).toEqual([{ key: "x", bucketMs: 60_000, at: [Date.parse("2026-11-21T10:00:00Z")], low: [1], middle: [2], high: [3] }]);
});

describe("the limits of an alarm", () => {
  const border = (key: string, value: number) => ({ key, value, comparison: ">" as const, unit: "" });
  const limit = (name: string, value: number) => ({ name, value, unit: "", own: null });

  it("are those that its rule names, not what else it asks", () => {
    const [hot, runs] = [border("oil", 95), border("rpm", 600)];
    expect(ownBorders({ borders: [hot, runs], limits: [limit("highest", 95)], nominal_voltage_v: null })).toEqual([hot]);
    expect(ownBorders({ borders: [hot, runs], limits: [], nominal_voltage_v: null })).toEqual([hot, runs]);
    const low = border("battery", 22.8);
    expect(ownBorders({ borders: [low, runs], limits: [limit("lowest", 0.95)], nominal_voltage_v: 24 })).toEqual([low]);
  });
});

describe("a curve on paper", () => {
  const at = (minute: number) => new Date(minute * MINUTE_MS).toISOString();
  const span = { from: 0, to: 10 * MINUTE_MS };
  const size = { width: 100, height: 100 };

  it("fills its box with its limits in sight, and leaves gaps open", () => {
    const plot = plotOf({ at: [at(0), at(1), at(9)], values: [10, 20, 30] }, [40], span, 5 * MINUTE_MS, size);
    expect([plot.low, plot.high, plot.heldX]).toEqual([10, 30, 50]);
    expect(plot.line.match(/M/g)).toHaveLength(2);
    expect(plot.limitYs[0]).toBeLessThan(10);
    const level = plotOf({ at: [at(0), at(10)], values: [7, 7] }, [], span, 0, size);
    expect(level.line).toBe("M0 50L100 50".replace("L", "M"));
  });
});
