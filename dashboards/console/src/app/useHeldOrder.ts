/** A list that stands still while it is held: rows change in place, new ones wait. */
import { useRef } from "react";
import { heldRows, type HeldRows } from "./held";

interface Kept<T> {
  readonly rows: readonly T[];
  readonly question: string;
}

/**
 * `sorted`: the list as it would stand now. `all`: the newest form of every row, also of those that left the list.
 * `question`: whatever the viewer chose (sort, filter); when it changes the list is made anew, held or not.
 */
export function useHeldOrder<T extends { readonly id: string }>(
  sorted: readonly T[],
  all: readonly T[],
  holding: boolean,
  question: string,
): HeldRows<T> {
  const kept = useRef<Kept<T>>({ rows: [], question: "" });
  if (!holding || kept.current.rows.length === 0 || kept.current.question !== question) {
    kept.current = { rows: sorted, question };
    return { rows: sorted, waiting: [] };
  }
  const result = heldRows(kept.current.rows, sorted, new Map(all.map((row) => [row.id, row])));
  kept.current = { rows: result.rows, question };
  return result;
}
