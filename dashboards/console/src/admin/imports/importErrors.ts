/** What is wrong with a file, cell by cell. */
import type { ApiError } from "../../api/client";

export interface WrongCell {
  /** Line of the file, or number of the feature; null: of the file as a whole. */
  readonly line: number | null;
  readonly column: string;
  readonly message: string;
}

/** The cells that a refusal names ("line 3, time_zone", "feature 2, name"). */
export function wrongCells(errors: ApiError["errors"]): readonly WrongCell[] {
  return errors.map(({ where, message }) => {
    const found = /^(?:line|feature)\s+(\d+)(?:,\s*(.*))?$/.exec(where);
    return found === null ? { line: null, column: where, message } : { line: Number(found[1]), column: found[2] ?? "", message };
  });
}

/** The cells of a line of a small CSV text, for showing what stood there; quotes are read, lines in quotes are not. */
export function cellsOf(text: string, line: number): readonly string[] {
  const found = text.replace(/^\uFEFF/, "").split(/\r?\n/)[line - 1] ?? "";
  return [...found.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = ""]) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}
