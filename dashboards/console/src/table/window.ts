/** Pure: which rows of a long list are worth drawing. */
export interface RowWindow {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  /** Pixels of rows left out above and below. */
  readonly above: number;
  readonly below: number;
}

const MORE = 8;

/** The rows in sight and a few more on each side, so that the next one is always there to be focused. */
export function windowOf(count: number, rowHeight: number, scrolled: number, height: number): RowWindow {
  const first = Math.max(0, Math.min(count, Math.floor(scrolled / rowHeight)) - MORE);
  const end = Math.min(count, Math.ceil((scrolled + height) / rowHeight) + 1 + MORE);
  return { first, end: Math.max(first, end), above: first * rowHeight, below: Math.max(0, count - Math.max(first, end)) * rowHeight };
}
