import { describe, expect, it } from "vitest";
import { alarm } from "../live/fixtures";
import { heldRows } from "./held";

describe("a list while somebody points at it", () => {
  it("keeps every row in its place and lets new ones wait", () => {
    const before = [alarm("b"), alarm("a")];
    const fresh = alarm("c");
    const { rows, waiting } = heldRows(before, [fresh, ...before], new Map());
    expect(rows.map((row) => row.id)).toEqual(["b", "a"]);
    expect(waiting).toEqual([fresh]);
  });

  it("shows a row's newest form in its place, even when it has cleared", () => {
    const before = [alarm("b"), alarm("a")];
    const cleared = alarm("b", { state: "cleared" });
    const { rows } = heldRows(before, [before[1]!], new Map([["b", cleared]]));
    expect(rows.map((row) => [row.id, row.state])).toEqual([["b", "cleared"], ["a", "active"]]);
  });
});
