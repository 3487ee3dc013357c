/** Pure: an entry of the record as lines: what a member was and what it became. */
type Members = Readonly<Record<string, unknown>> | null;

export interface ChangeLine {
  readonly name: string;
  /** null: it was nothing, or is nothing now. */
  readonly before: string | null;
  readonly after: string | null;
}

const MOST_LETTERS = 160;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}$/;

export interface Naming {
  /** The word of a member. */
  readonly word: (name: string) => string;
  /** Names of things by their ids. */
  readonly names: ReadonlyMap<string, string>;
}

function text(value: unknown, names: ReadonlyMap<string, string>): string | null {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return null;
  if (typeof value === "string" && UUID.test(value)) return names.get(value) ?? `${value.slice(0, 8)}…`;
  const told = typeof value === "string" ? value : JSON.stringify(value);
  return told.length > MOST_LETTERS ? `${told.slice(0, MOST_LETTERS)}…` : told;
}

/** Members in the order in which they were recorded; those that were nothing and stayed it are left out. */
export function changeWords(before: Members, after: Members, { word, names }: Naming): ChangeLine[] {
  const members = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return members
    .map((name) => ({ name: word(name), before: text(before?.[name], names), after: text(after?.[name], names) }))
    .filter((line) => line.before !== line.after);
}
