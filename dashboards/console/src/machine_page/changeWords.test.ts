import { expect, test } from "vitest";
import { changeWords } from "./changeWords";

test("what it was and what it became; nothing about what stayed", () => {
  expect(changeWords({ site_id: "a", name: "x", mode: null }, { site_id: "b", name: "x", mode: null })).toEqual([{ name: "site id", before: "a", after: "b" }]);
  expect(changeWords(null, { options: ["a", "b"], note: "" })).toEqual([{ name: "options", before: null, after: '["a","b"]' }]);
  expect(changeWords(null, { note: "n".repeat(200) })[0]!.after).toHaveLength(161);
  expect(changeWords(null, null)).toEqual([]);
});
