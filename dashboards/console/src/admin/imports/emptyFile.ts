/** Pure: a file to begin with. */
import type { components } from "../../api/schema.gen";

type FileColumns = components["schemas"]["FileColumns"];

/** A table's head line, marked as UTF-8 for spreadsheets, which else write other letters; of a map the example. */
export function emptyFileOf({ required, optional, media_type, example }: FileColumns): string {
  return media_type === "text/csv" ? `\uFEFF${[...required, ...optional].join(",")}\r\n` : example;
}
