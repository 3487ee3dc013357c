/** A list's lines: each is opened by its name, by mouse or keyboard. */
import { useTranslation } from "react-i18next";
import type { Row } from "./noun";
import type { Column } from "./section";

interface RowsTableProps<R extends Row> {
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly nameOf: (row: R) => string;
  readonly open: string;
  readonly onOpen: (id: string) => void;
}

export function RowsTable<R extends Row>({ columns, rows, nameOf, open, onOpen }: RowsTableProps<R>) {
  const { t } = useTranslation();
  return (
    <table className="admin-table">
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" className={classOf(column)}>
              {t(`admin.field.${column.name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} className={row.id === open ? "row-open" : ""} data-id={row.id} onClick={() => onOpen(row.id)}>
            {columns.map((column, at) => (
              <td key={column.name} className={classOf(column)}>
                {at === 0 ? (
                  <button
                    type="button"
                    className="row-name"
                    aria-current={row.id === open}
                    onClick={(event) => {
                      event.stopPropagation();
                      onOpen(row.id);
                    }}
                  >
                    {column.render(row) ?? nameOf(row)}
                  </button>
                ) : (
                  column.render(row)
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function classOf<R extends Row>(column: Column<R>): string {
  return [column.figures === true ? "figure" : "", column.wide === true ? "only-wide" : ""].join(" ").trim();
}
