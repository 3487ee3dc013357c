/** Pure: an entry of the record as lines: what a member was and what it became. */
type Members = Readonly<Record<string, unknown>> | null;

export interface ChangeLine {
  readonly name: string;
  /** null: it was nothing, or is nothing now. */
  readonly before: string | null;
  readonly after: string | null;
}

const MOST_LETTERS = 160;

function text(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  const told = typeof value === "string" ? value : JSON.stringify(value);
  return told.length > MOST_LETTERS ? `${told.slice(0, MOST_LETTERS)}…` : told;
}

/** Members in the order in which they were recorded; those that were nothing and stayed it are left out. */
export function changeWords(before: Members, after: Members): ChangeLine[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names
    .map((name) => ({ name: name.replaceAll("_", " "), before: text(before?.[name]), after: text(after?.[name]) }))
    .filter((line) => line.before !== line.after);
}
