import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UpdateBuffer } from "./buffer";
import { alarm, live } from "./fixtures";

describe("the update buffer", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const watched = () => {
    const onMachines = vi.fn();
    const onAlarms = vi.fn();
    return { onMachines, onAlarms, buffer: new UpdateBuffer({ machinesEveryMs: () => 500, alarmsAfterMs: 30, onMachines, onAlarms }) };
  };

  it("hands on only the newest of each machine, at most once per period", () => {
    const { buffer, onMachines } = watched();
    buffer.addMachines([live("a", { work_state: "idle" }), live("b")]);
    buffer.addMachines([live("a", { work_state: "travelling" })]);
    vi.advanceTimersByTime(1);
    expect(onMachines).toHaveBeenCalledOnce();
    const first = onMachines.mock.calls[0]![0] as Map<string, { work_state: string }>;
    expect([...first.keys()]).toEqual(["a", "b"]);
    expect(first.get("a")?.work_state).toBe("travelling");

    for (let i = 0; i < 10; i++) {
      buffer.addMachines([live("a")]);
      vi.advanceTimersByTime(40);
    }
    expect(onMachines).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(200);
    expect(onMachines).toHaveBeenCalledTimes(2);
  });

  it("hands on what has gone, unless it came back", () => {
    const { buffer, onMachines } = watched();
    buffer.addMachines([live("a"), live("b")], ["a"]);
    buffer.addMachines([], ["c"]);
    buffer.addMachines([live("c")]);
    vi.advanceTimersByTime(1);
    expect(onMachines.mock.calls[0]![0]).toEqual(new Map([["a", null], ["b", live("b")], ["c", live("c")]]));
  });

  it("does not make alarms wait for the machines' period", () => {
    const { buffer, onAlarms, onMachines } = watched();
    buffer.addMachines([live("a")]);
    vi.advanceTimersByTime(1);
    buffer.addMachines([live("a")]);
    buffer.addAlarm(alarm("1"));
    buffer.addAlarm(alarm("1", { acknowledged_at: "2026-11-21T10:01:00Z" }));
    vi.advanceTimersByTime(30);
    expect(onAlarms).toHaveBeenCalledOnce();
    const updates = onAlarms.mock.calls[0]![0] as Map<string, { acknowledged_at: string | null }>;
    expect(updates.get("1")?.acknowledged_at).toBe("2026-11-21T10:01:00Z");
    expect(onMachines).toHaveBeenCalledOnce();
  });

  it("hands on nothing after it was stopped", () => {
    const { buffer, onMachines, onAlarms } = watched();
    buffer.addMachines([live("a")]);
    buffer.addAlarm(alarm("1"));
    buffer.stop();
    vi.advanceTimersByTime(5_000);
    expect(onMachines).not.toHaveBeenCalled();
    expect(onAlarms).not.toHaveBeenCalled();
  });
});
