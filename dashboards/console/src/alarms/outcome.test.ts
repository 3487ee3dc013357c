import { expect, it } from "vitest";
import { refusals } from "./outcome";

it("tells each reason once, with how often it was given", () => {
  const outcomes = ["somebody was first", null, "sold", "somebody was first"].map((refused) => ({ refused }));
  expect(refusals(outcomes)).toEqual([
    { words: "somebody was first", count: 2 },
    { words: "sold", count: 1 },
  ]);
  expect(refusals([{ refused: null }])).toEqual([]);
});
