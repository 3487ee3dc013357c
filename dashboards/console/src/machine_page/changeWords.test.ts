import { expect, test } from "vitest";
import { changeWords } from "./changeWords";

const naming = { word: (name: string) => name.replaceAll("_", " "), names: new Map([["01a20672-833e-7259-8fec-4466276b5d66", "Quarry"]]) };

test("what it was and what it became; nothing about what stayed", () => {
  expect(changeWords({ site_id: "a", name: "x", mode: null }, { site_id: "b", name: "x", mode: null }, naming)).toEqual([{ name: "site id", before: "a", after: "b" }]);
  expect(changeWords(null, { options: ["a", "b"], note: "" }, naming)).toEqual([{ name: "options", before: null, after: '["a","b"]' }]);
  expect(changeWords(null, { note: "n".repeat(200) }, naming)[0]!.after).toHaveLength(161);
  expect(changeWords(null, null, naming)).toEqual([]);
  expect(changeWords(null, { options: [] }, naming)).toEqual([]);
  expect(changeWords({ site_id: "01a20672-833e-7259-8fec-4466276b5d66" }, { site_id: "02a20672-833e-7259-8fec-4466276b5d66" }, naming)).toEqual([{ name: "site id", before: "Quarry", after: "02a20672…" }]);
});
