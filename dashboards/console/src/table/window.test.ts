import { describe, expect, it } from "vitest";
import { windowOf } from "./window";

describe("the rows in sight", () => {
  it("are few of many, and the spacers stand for the rest", () => {
    const { first, end, above, below } = windowOf(5_000, 30, 60_000, 300);
    expect(end - first).toBeLessThan(40);
    expect(first).toBeLessThan(2_000);
    expect(end).toBeGreaterThan(2_010);
    expect(above + below + (end - first) * 30).toBe(5_000 * 30);
  });

  it("are all of a few, before the height is known too", () => {
    expect(windowOf(5, 30, 0, 0)).toEqual({ first: 0, end: 5, above: 0, below: 0 });
    expect(windowOf(0, 30, 0, 300)).toEqual({ first: 0, end: 0, above: 0, below: 0 });
  });

  it("stay inside a list that has become shorter than it was scrolled", () => {
    const { first, end } = windowOf(3, 30, 9_000, 300);
    expect(first).toBe(0);
    expect(end).toBe(3);
  });
});
