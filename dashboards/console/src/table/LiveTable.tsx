/**
 * A table whose rows change every second: a plain HTML table that draws only the rows in sight, each of them only when
 * its row object is another one. Heads sort and filter; rows are reached with the arrow keys and chosen with Enter.
 */
import { memo, useRef, useState, type KeyboardEvent, type ReactNode, type UIEvent } from "react";
import { useSize } from "../app/useSize";
import { TableHead, type SortState } from "./TableHead";
import { windowOf } from "./window";
import "./table.css";

export interface ColumnFilter {
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: string[]) => void;
}

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  /** The unit, in a second line. */
  readonly unit?: string;
  /** The whole name, on hover. */
  readonly help?: string;
  /** Pixels; without it the column takes what is left. */
  readonly width?: number;
  readonly figures?: boolean;
  readonly filter?: ColumnFilter;
  readonly render: (row: T) => ReactNode;
}

interface LiveTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowHeight: number;
  readonly nameOf: (row: T) => string;
  readonly isFaint: (row: T) => boolean;
  readonly selectedId: string | null;
  readonly onSelect: (id: string) => void;
  readonly sort: SortState;
  readonly onSort: (key: string) => void;
  readonly empty: string;
}

const HEAD_PX = 42;

export function LiveTable<T extends { readonly id: string }>(props: LiveTableProps<T>) {
  const { columns, rows, rowHeight, selectedId } = props;
  const [frame, size] = useSize<HTMLDivElement>();
  const [scrolled, setScrolled] = useState(0);
  const seen = windowOf(rows.length, rowHeight, scrolled, Math.max(0, size.height - HEAD_PX));
  const shown = rows.slice(seen.first, seen.end);
  const tabStop = shown.some((row) => row.id === selectedId) ? selectedId : shown[0]?.id;
  const onScroll = (event: UIEvent<HTMLDivElement>): void => {
    // Drawing anew is due only when the rows in sight are others.
    const at = Math.floor(event.currentTarget.scrollTop / rowHeight) * rowHeight;
    if (at !== scrolled) setScrolled(at);
  };
  return (
    <div ref={frame} className="live-table-frame" onScroll={onScroll}>
      <table className="live-table" aria-label={props.label} aria-rowcount={rows.length + 1}>
        <colgroup>
          {columns.map((column) => (
            <col key={column.key} style={column.width === undefined ? undefined : { width: column.width }} />
          ))}
        </colgroup>
        <TableHead columns={columns} sort={props.sort} onSort={props.onSort} />
        <tbody>
          {seen.above > 0 && <Spacer height={seen.above} />}
          {shown.map((row, i) => (
            <Row
              key={row.id}
              row={row}
              columns={columns}
              index={seen.first + i + 2}
              height={rowHeight}
              name={props.nameOf(row)}
              faint={props.isFaint(row)}
              selected={row.id === selectedId}
              tabStop={row.id === tabStop}
              onSelect={props.onSelect}
            />
          ))}
          {seen.below > 0 && <Spacer height={seen.below} />}
        </tbody>
      </table>
      {rows.length === 0 && (
        <p className="live-table-empty" role="status">
          {props.empty}
        </p>
      )}
    </div>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden="true" style={{ height }}>
      <td />
    </tr>
  );
}

interface RowProps<T> {
  readonly row: T;
  readonly columns: readonly Column<T>[];
  readonly index: number;
  readonly height: number;
  readonly name: string;
  readonly faint: boolean;
  readonly selected: boolean;
  readonly tabStop: boolean;
  readonly onSelect: (id: string) => void;
}

function RowOf<T extends { readonly id: string }>({ row, columns, index, height, name, faint, selected, tabStop, onSelect }: RowProps<T>) {
  const element = useRef<HTMLTableRowElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" || event.key === " ") onSelect(row.id);
    else if (event.key === "ArrowDown") focusRow(element.current?.nextElementSibling);
    else if (event.key === "ArrowUp") focusRow(element.current?.previousElementSibling);
    else return;
    event.preventDefault();
  };
  return (
    <tr
      ref={element}
      className={`live-row${selected ? " live-row-selected" : ""}${faint ? " live-row-faint" : ""}`}
      style={{ height }}
      data-row={name}
      aria-rowindex={index}
      aria-current={selected}
      tabIndex={tabStop ? 0 : -1}
      onClick={() => onSelect(row.id)}
      onKeyDown={onKeyDown}
    >
      {columns.map((column) => (
        <td key={column.key} className={column.figures === true ? "figure" : undefined}>
          {column.render(row)}
        </td>
      ))}
    </tr>
  );
}

const Row = memo(RowOf) as typeof RowOf;

function focusRow(element: Element | null | undefined): void {
  if (element instanceof HTMLElement && element.dataset["row"] !== undefined) element.focus();
}
