/** Pure: what a list shows while it must not jump. */
export interface HeldRows<T> {
  /** The rows of before in their places, each in its newest form, though it may have left the list. */
  readonly rows: readonly T[];
  /** Rows that came since, in their own order. */
  readonly waiting: readonly T[];
}

export function heldRows<T extends { readonly id: string }>(
  before: readonly T[],
  now: readonly T[],
  known: ReadonlyMap<string, T>,
): HeldRows<T> {
  const shown = new Set(before.map((row) => row.id));
  return { rows: before.map((row) => known.get(row.id) ?? row), waiting: now.filter((row) => !shown.has(row.id)) };
}
