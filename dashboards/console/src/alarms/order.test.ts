import { describe, expect, it } from "vitest";
import { alarm } from "../live/fixtures";
import { ordered } from "./order";

const at = (second: number) => `2026-11-21T10:00:${String(second).padStart(2, "0")}Z`;

describe("the alarm list's order", () => {
  const old = alarm("a", { severity: "critical", committed_at: at(1) });
  const middle = alarm("b", { severity: "low", committed_at: at(2) });
  const fresh = alarm("c", { severity: "high", committed_at: at(3) });

  it("puts the newest on top", () => {
    expect(ordered([middle, old, fresh], "newest").map((row) => row.id)).toEqual(["c", "b", "a"]);
  });

  it("puts the worst on top, the newest first among equals", () => {
    const another = alarm("d", { severity: "critical", committed_at: at(9) });
    expect(ordered([middle, old, fresh, another], "severity").map((row) => row.id)).toEqual(["d", "a", "c", "b"]);
  });

  it("is the same whatever order the list came in", () => {
    const same = [alarm("x"), alarm("y"), alarm("z")];
    expect(ordered(same.toReversed(), "newest")).toEqual(ordered(same, "newest"));
  });
});
