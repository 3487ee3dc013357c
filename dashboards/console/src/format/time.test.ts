import { describe, expect, it } from "vitest";
import { age, clock, clockOrDay, instant, instantIn } from "./time";

describe("times", () => {
  it("says an age in its largest whole unit", () => {
    expect(age(-500, "en-US")).toBe("0s");
    expect(age(59_999, "en-US")).toBe("59s");
    expect(age(60_000, "en-US")).toBe("1m");
    expect(age(7_300_000, "en-US")).toBe("2h");
    expect(age(3 * 86_400_000, "zh-CN")).toContain("3");
  });

  it("says what the clock says at the machine, and the viewer's time for a zone that nobody knows", () => {
    const at = Date.UTC(2026, 10, 21, 22, 30);
    expect(instantIn(at, "Asia/Shanghai", "en-US")).toContain("11/22/2026, 06:30:00");
    expect(instantIn(at, "America/Lima", "en-US")).toContain("11/21/2026, 17:30:00");
    expect(instantIn(at, "Mars/Olympus", "en-US")).toBe(instant(at, "en-US"));
  });

  it("names the day only when it is not today", () => {
    const now = new Date(2026, 10, 21, 14, 0, 0).getTime();
    const yesterday = new Date(2026, 10, 20, 9, 30, 0).getTime();
    expect(clockOrDay(now - 1_000, now, "en-US")).toBe(clock(now - 1_000, "en-US"));
    expect(clockOrDay(yesterday, now, "en-US")).toContain("11/20");
  });
});
