import { describe, expect, it } from "vitest";
import { changesOf } from "./changes";

const row = (id: string, value = 0) => ({ id, value });

describe("what became of a list", () => {
  const [a, b, c] = [row("a"), row("b"), row("c")];

  it("is what is another object and what came at the end", () => {
    const other = row("b", 1);
    expect(changesOf([a, b], [a, other, c])).toEqual([
      { before: b, after: other },
      { before: undefined, after: c },
    ]);
    expect(changesOf([], [a])).toEqual([{ before: undefined, after: a }]);
    expect(changesOf([a, b], [a, b])).toEqual([]);
  });

  it("is not told when something left it or moved", () => {
    expect(changesOf([a, b], [a])).toBeNull();
    expect(changesOf([a, b], [b, a])).toBeNull();
    expect(changesOf([a, b], [b, c, a])).toBeNull();
  });
});
