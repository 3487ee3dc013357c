import { describe, expect, it } from "vitest";
import { alarm } from "./fixtures";
import { hear, heardSince } from "./heard";

describe("alarms heard over the line", () => {
  it("gives those heard since a fetch began, the newest form of each, and forgets the old ones", () => {
    hear(alarm("1"), 1_000);
    hear(alarm("2"), 2_000);
    hear(alarm("1", { state: "cleared" }), 3_000);
    expect([...heardSince(2_500).values()].map((row) => [row.id, row.state])).toEqual([["1", "cleared"]]);
    expect(heardSince(0).size).toBe(2);
    hear(alarm("3"), 200_000);
    expect([...heardSince(0).keys()]).toEqual(["3"]);
  });
});
