/** The desk's rows while somebody points at them or moves through them: nothing jumps, what is new waits. */
import { useRef } from "react";
import { type HeldDesk, held, letGo } from "./heldDesk";
import type { DeskEntry } from "./triage";

export interface DeskRows {
  readonly rows: readonly DeskEntry[];
  readonly waiting: readonly DeskEntry[];
}

/**
 * `question`: whatever the viewer chose (filters, groups); when it changes the list is made anew, held or not. `isComing`:
 * the list is still being read. What comes of it while the list is held is no news: it follows at the end.
 */
export function useDeskRows(entries: readonly DeskEntry[], holding: boolean, question: string, isComing: boolean): DeskRows {
  const kept = useRef<{ desk: HeldDesk; question: string }>({ desk: letGo([]), question: "" });
  const { desk } = kept.current;
  if (!holding || desk.rows.length === 0 || kept.current.question !== question) kept.current = { desk: desk.rows === entries ? desk : letGo(entries), question };
  else if (desk.of !== entries) kept.current = { desk: held(desk, entries, isComing), question };
  return kept.current.desk;
}
