/** The desk's rows while somebody points at them or moves through them: nothing jumps, what is new waits. */
import { useRef } from "react";
import { heldRows } from "../app/held";
import type { DeskEntry } from "./triage";

export interface DeskRows {
  readonly rows: readonly DeskEntry[];
  readonly waiting: readonly DeskEntry[];
}

interface Kept extends DeskRows {
  /** What the rows were made of: the same list makes the same rows, without a walk over ten thousand of them. */
  readonly of: readonly DeskEntry[];
  readonly question: string;
}

/**
 * `question`: whatever the viewer chose (filters, groups); when it changes the list is made anew, held or not. `isComing`:
 * the list is still being read. What comes of it while the list is held is no news: it follows at the end.
 */
export function useDeskRows(entries: readonly DeskEntry[], holding: boolean, question: string, isComing: boolean): DeskRows {
  const kept = useRef<Kept>({ rows: NONE, waiting: NONE, of: NONE, question: "" });
  const { rows, of } = kept.current;
  if (!holding || rows.length === 0 || kept.current.question !== question) {
    kept.current = { rows: entries, waiting: NONE, of: entries, question };
  } else if (of !== entries) {
    const held = heldRows(rows, entries, new Map(entries.map((entry) => [entry.id, entry])));
    kept.current = isComing ? { rows: [...held.rows, ...held.waiting], waiting: NONE, of: entries, question } : { ...held, of: entries, question };
  }
  return kept.current;
}

const NONE: readonly DeskEntry[] = [];
