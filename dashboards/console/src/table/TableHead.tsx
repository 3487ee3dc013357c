/** The head of a live table: sort buttons and filters. */
import { FilterFilled, FilterOutlined } from "@ant-design/icons";
import { Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Column, ColumnFilter } from "./LiveTable";

export interface SortState {
  readonly key: string;
  readonly descending: boolean;
}

interface TableHeadProps<T> {
  readonly columns: readonly Column<T>[];
  readonly sort: SortState;
  readonly onSort: (key: string) => void;
}

export function TableHead<T>({ columns, sort, onSort }: TableHeadProps<T>) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map((column) => {
          const sorted = sort.key === column.key;
          return (
            <th
              key={column.key}
              scope="col"
              className={column.figures === true ? "figure" : undefined}
              aria-sort={sorted ? (sort.descending ? "descending" : "ascending") : "none"}
            >
              <span className="live-head">
                <button type="button" className="live-sort" title={column.help ?? column.title} onClick={() => onSort(column.key)}>
                  <span className="live-title">
                    {column.title}
                    {column.unit !== undefined && <small>{column.unit}</small>}
                  </span>
                  <SortSign sorted={sorted} descending={sort.descending} />
                </button>
                {column.filter !== undefined && <FilterButton title={column.title} filter={column.filter} />}
              </span>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

function SortSign({ sorted, descending }: { sorted: boolean; descending: boolean }) {
  return (
    <svg className={sorted ? "sort-sign" : "sort-sign sort-sign-off"} width="8" height="12" viewBox="0 0 8 12" aria-hidden="true">
      {(!sorted || !descending) && <path d="M4 1 7.4 5H.6z" fill="currentColor" />}
      {(!sorted || descending) && <path d="M4 11 .6 7h6.8z" fill="currentColor" />}
    </svg>
  );
}

function FilterButton({ title, filter }: { title: string; filter: ColumnFilter }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const active = filter.chosen.length > 0;
  return (
    <Dropdown
      trigger={["click"]}
      open={open}
      onOpenChange={(next, { source }) => setOpen(source === "menu" ? true : next)}
      menu={{
        items: filter.options.map(({ value, text }) => ({ key: value, label: text })),
        selectable: true,
        multiple: true,
        selectedKeys: [...filter.chosen],
        onSelect: ({ selectedKeys }) => filter.onChange(selectedKeys),
        onDeselect: ({ selectedKeys }) => filter.onChange(selectedKeys),
      }}
    >
      <button
        type="button"
        className={active ? "live-filter live-filter-on" : "live-filter"}
        aria-label={active ? t("table.filtered", { column: title, count: filter.chosen.length }) : t("table.filter", { column: title })}
        aria-haspopup="menu"
        aria-expanded={open}
      >
        {active ? <FilterFilled aria-hidden /> : <FilterOutlined aria-hidden />}
      </button>
    </Dropdown>
  );
}
