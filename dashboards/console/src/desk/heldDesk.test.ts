import { describe, expect, it } from "vitest";
import { heldRows } from "../app/held";
import { alarm } from "../live/fixtures";
import { held, letGo } from "./heldDesk";
import { alone, type DeskEntry } from "./triage";

const entry = (id: string, committed = 0) => alone(alarm(id, { committed_at: new Date(committed).toISOString() }));
const ids = (rows: readonly DeskEntry[]) => rows.map((row) => row.id).join("");

describe("the desk while it stands still", () => {
  const [a, b, c, n] = [entry("a"), entry("b"), entry("c"), entry("n")];

  it("keeps places, takes newest forms, and lets wait what is new", () => {
    const newer = entry("b", 1);
    const now = [n, c, newer];
    const desk = held(letGo([a, b, c]), now, false);
    const naive = heldRows([a, b, c], now, new Map(now.map((row) => [row.id, row])));
    expect([desk.rows, desk.waiting]).toEqual([naive.rows, naive.waiting]);
    expect([ids(desk.rows), desk.rows[1], ids(desk.waiting)]).toEqual(["abc", newer, "n"]);
    const later = held(desk, [n, a, c], false);
    expect([ids(later.rows), later.rows[1], ids(later.waiting)]).toEqual(["abc", newer, "n"]);
  });

  it("is the same list while nothing in it is another", () => {
    const rows = [a, b];
    expect(held(letGo(rows), [n, b, a], false).rows).toBe(rows);
  });

  it("takes what is still being read at its end, and holds that too", () => {
    const desk = held(letGo([a]), [n, a], true);
    expect([ids(desk.rows), ids(desk.waiting)]).toEqual(["an", ""]);
    expect(ids(held(desk, [c, n, a], false).waiting)).toBe("c");
  });
});
