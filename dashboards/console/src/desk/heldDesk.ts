/** Pure: the desk's rows while they stand still, in one walk over what is new. */
import type { DeskEntry } from "./triage";

export interface HeldDesk {
  readonly rows: readonly DeskEntry[];
  /** What came since, in its own order. */
  readonly waiting: readonly DeskEntry[];
  /** The list that these were made of: the same list makes the same rows. */
  readonly of: readonly DeskEntry[];
  /** Where each row stands, by its id; null until somebody needs it. */
  readonly places: ReadonlyMap<string, number> | null;
}

/** The rows as the list has them. */
export function letGo(entries: readonly DeskEntry[]): HeldDesk {
  return { rows: entries, waiting: [], of: entries, places: null };
}

/** The rows of `before` in their places, each in its newest form, though it may have left the list. `isComing`: what is not among them follows at their end instead of waiting. */
export function held(before: HeldDesk, entries: readonly DeskEntry[], isComing: boolean): HeldDesk {
  const places = before.places ?? placesIn(before.rows);
  let rows: DeskEntry[] | null = null;
  const waiting: DeskEntry[] = [];
  for (const entry of entries) {
    const place = places.get(entry.id);
    if (place === undefined) waiting.push(entry);
    else if (before.rows[place] !== entry) (rows ??= before.rows.slice())[place] = entry;
  }
  const stand = rows ?? before.rows;
  if (!isComing || waiting.length === 0) return { rows: stand, waiting, of: entries, places };
  return { rows: [...stand, ...waiting], waiting: [], of: entries, places: null };
}

function placesIn(rows: readonly DeskEntry[]): ReadonlyMap<string, number> {
  return new Map(rows.map((row, place) => [row.id, place]));
}
