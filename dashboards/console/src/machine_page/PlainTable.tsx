/** A short list as a table: heads, rows, and words for an empty one. On a phone each row is a card of its cells. */
import type { ReactNode } from "react";

interface PlainTableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly heads: readonly { readonly title: string; readonly figures?: boolean; readonly cell: (row: T) => ReactNode }[];
  readonly empty: string;
  readonly rowProps?: (row: T) => Record<string, unknown>;
  /** A list that may be long: it scrolls by itself. */
  readonly tall?: boolean;
}

export function PlainTable<T>({ label, rows, keyOf, heads, empty, rowProps, tall = false }: PlainTableProps<T>) {
  if (rows.length === 0) return <p className="plain-empty">{empty}</p>;
  const table = (
    <table className="plain" aria-label={label}>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head.title} scope="col" className={head.figures === true ? "figure" : undefined}>
              {head.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} {...rowProps?.(row)}>
            {heads.map((head) => (
              <td key={head.title} className={head.figures === true ? "figure" : undefined} data-head={head.title}>
                {head.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (!tall) return table;
  return (
    <div className="plain-scroll" tabIndex={0} role="group" aria-label={label}>
      {table}
    </div>
  );
}
