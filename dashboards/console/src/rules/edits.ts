/** Pure: a site's edits as a text: where its rules are, and how another one joins them. */

const EMPTY = "language = 1\n";

/** The edits of a set as a text to go on from: those of a site's set, nothing of a shipped one. */
export function editsOf(set: { kind: string; files: Readonly<Record<string, string>> }): string {
  return set.kind === "site" ? (Object.values(set.files)[0] ?? EMPTY) : EMPTY;
}

const heading = (rule: string): RegExp => new RegExp(`^[ \\t]*\\[\\s*${rule}\\s*\\]`, "m");

/** Whether a text has a rule's own table. */
export function hasRule(text: string, rule: string): boolean {
  return heading(rule).test(text);
}

/** Where a rule's table begins in a text; -1 where it has none. */
export function ruleAt(text: string, rule: string): number {
  return text.search(heading(rule));
}

/** A text with a rule's table behind it, unless it has one. Overrides stay last: a table after them would read as theirs. */
export function withRule(text: string, rule: string, table: string): string {
  if (hasRule(text, rule)) return text;
  const before = text.trimEnd();
  const overrides = before.search(/^[ \t]*\[\[\s*override\s*\]\]/m);
  if (overrides < 0) return `${before}\n\n${table}`;
  return `${before.slice(0, overrides).trimEnd()}\n\n${table}\n${before.slice(overrides)}\n`;
}

/** The rule whose table or tests an offset lies in; undefined in none. */
export function ruleAround(text: string, offset: number): string | undefined {
  const end = text.indexOf("\n", offset);
  const headings = [...text.slice(0, end < 0 ? text.length : end).matchAll(/^[ \t]*\[\[?\s*([A-Za-z0-9_]+)[^\]\n]*\]\]?/gm)];
  const name = headings.at(-1)?.[1];
  return name === "override" ? undefined : name;
}
