import { expect, it } from "vitest";
import { cellsOf, wrongCells } from "./importErrors";

it("names line and column of what is wrong with a file, or the file as a whole", () => {
  const told = [
    { where: "line 3, time_zone", code: "zone_unknown", message: "unknown" },
    { where: "feature 2, name", code: "text_empty", message: "empty" },
    { where: "nmae", code: "column_unknown", message: "no such column" },
  ];
  expect(wrongCells(told).map(({ line, column }) => [line, column])).toEqual([[3, "time_zone"], [2, "name"], [null, "nmae"]]);
});

it("shows what stands in a line, quotes and all", () => {
  const text = '\uFEFFname,note\r\nA,"b, ""c"""\r\n';
  expect(cellsOf(text, 1).slice(0, 2)).toEqual(["name", "note"]);
  expect(cellsOf(text, 2).slice(0, 2)).toEqual(["A", 'b, "c"']);
});
