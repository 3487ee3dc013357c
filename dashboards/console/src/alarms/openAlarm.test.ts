import { describe, expect, it } from "vitest";
import { alarm } from "../live/fixtures";
import { withAlarm, withItsTime, withoutAlarm } from "./openAlarm";

const at = (text: string) => Date.parse(text);
const cleared = alarm("a", { raised_at: "2026-11-21T10:00:00Z", cleared_at: "2026-11-21T10:20:00Z", state: "cleared" });

describe("the address of an open alarm", () => {
  it("names the alarm and its machine, and keeps what else is chosen", () => {
    expect(withAlarm(new URLSearchParams("machine=m2&from=1&to=2&signals=x"), cleared).toString()).toBe("machine=m1&signals=x&alarm=a");
    expect(withAlarm(new URLSearchParams("machine=m1&from=1&to=2"), cleared).toString()).toBe("machine=m1&from=1&to=2&alarm=a");
    expect(withoutAlarm(new URLSearchParams("machine=m1&alarm=a")).toString()).toBe("machine=m1");
  });

  it("shows the chart at the time of an alarm that is over", () => {
    const search = withItsTime(new URLSearchParams("alarm=a&span=300"), cleared, at("2026-11-22T00:00:00Z"));
    expect(Number(search.get("from"))).toBe(at("2026-11-21T09:55:00Z"));
    expect(Number(search.get("to"))).toBe(at("2026-11-21T10:25:00Z"));
    expect(search.get("machine")).toBe("m1");
  });

  it("never looks ahead, nor at more than a day", () => {
    const open = alarm("b", { raised_at: "2026-11-21T10:00:00Z" });
    expect(Number(withItsTime(new URLSearchParams(), open, at("2026-11-21T10:01:00Z")).get("to"))).toBe(at("2026-11-21T10:01:00Z"));
    expect(Number(withItsTime(new URLSearchParams(), open, at("2026-12-21T10:01:00Z")).get("to"))).toBe(at("2026-11-22T10:00:00Z"));
  });
});
