/** The fleet as a table. Rows are reached with the arrow keys and chosen with Enter. */
import { Table, type TableProps } from "antd";
import type { FilterValue, SorterResult } from "antd/es/table/interface";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Machine } from "../api/types";
import { usePreferences } from "../app/preferences";
import { useHeldOrder } from "../app/useHeldOrder";
import { useHold } from "../app/useHold";
import { useMedia } from "../app/useMedia";
import { useSize } from "../app/useSize";
import { fleetColumns } from "./columns";
import { sorted, type Sort, type SortKey } from "./sorting";
import { useSelection } from "./useSelection";
import { shownState } from "./words";

const HEAD_PX = 43;
const VIRTUAL_FROM = 150;

interface Filters {
  readonly kind: readonly string[];
  readonly state: readonly string[];
  readonly alarms: readonly string[];
}

const NO_FILTERS: Filters = { kind: [], state: [], alarms: [] };
const texts = (value: FilterValue | null | undefined): string[] => (value ?? []).map(String);

function passes(machine: Machine, { kind, state, alarms }: Filters): boolean {
  return (
    (kind.length === 0 || kind.includes(machine.kind)) &&
    (state.length === 0 || state.includes(shownState(machine))) &&
    (alarms.length === 0 || alarms.includes(machine.open_alarms.severity ?? "none"))
  );
}

/** Moves the focus to the row above or below. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const sibling = event.key === "ArrowDown" ? "nextElementSibling" : "previousElementSibling";
  let row: Element | null = event.currentTarget[sibling];
  while (row !== null && !(row instanceof HTMLElement && row.dataset["machine"] !== undefined)) row = row[sibling];
  if (row === null) return;
  event.preventDefault();
  row.focus();
}

export function FleetTable({ machines, question, onSelect }: { machines: readonly Machine[]; question: string; onSelect: (machineId: string) => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { selectedId } = useSelection();
  const [sort, setSort] = useState<Sort>({ key: "alarms", descending: false });
  const [filters, setFilters] = useState<Filters>(NO_FILTERS);
  const [frame, size] = useSize<HTMLDivElement>();
  const hold = useHold();
  const narrow = useMedia("(max-width: 899px)");
  const tableRef = useRef<HTMLDivElement>(null);

  const kinds = useMemo(() => [...new Set(machines.map((machine) => machine.kind))].toSorted().join(), [machines]);
  const columns = useMemo(
    () => fleetColumns({ t, language, kinds: kinds.split(","), sort, filters, narrow }),
    [t, language, kinds, sort, filters, narrow],
  );
  const known = useMemo(() => new Map(machines.map((machine) => [machine.id, machine])), [machines]);
  const inOrder = useMemo(() => sorted(machines.filter((machine) => passes(machine, filters)), sort), [machines, filters, sort]);
  const { rows, waiting } = useHeldOrder(inOrder, known, hold.holding, JSON.stringify([question, sort, filters]));
  const shown = [...rows, ...waiting];
  const tabStop = shown.some((machine) => machine.id === selectedId) ? selectedId : shown[0]?.id;

  const onChange: TableProps<Machine>["onChange"] = (_page, chosen, sorter) => {
    const { columnKey, order } = sorter as SorterResult<Machine>;
    setSort(order ? { key: columnKey as SortKey, descending: order === "descend" } : { key: "alarms", descending: false });
    setFilters({ kind: texts(chosen["kind"]), state: texts(chosen["state"]), alarms: texts(chosen["alarms"]) });
  };

  return (
    <div ref={frame} className="fleet-frame" {...hold.handlers}>
      <div ref={tableRef}>
        <Table<Machine>
          size="small"
          rowKey="id"
          columns={columns}
          dataSource={shown}
          pagination={false}
          showSorterTooltip={false}
          virtual={shown.length > VIRTUAL_FROM}
          scroll={{ y: Math.max(80, size.height - HEAD_PX), ...(narrow ? {} : { x: 730 }) }}
          onChange={onChange}
          locale={{ emptyText: t("fleet.noMatch") }}
          rowClassName={(machine) => (machine.id === selectedId ? "row row-selected" : machine.online ? "row" : "row row-offline")}
          onRow={(machine) => ({
            "data-machine": machine.name,
            tabIndex: machine.id === tabStop ? 0 : -1,
            "aria-selected": machine.id === selectedId,
            onClick: () => onSelect(machine.id),
            onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
              if (event.key === "Enter" || event.key === " ") {
                event.preventDefault();
                onSelect(machine.id);
              } else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveFocus(event);
            },
          })}
        />
      </div>
    </div>
  );
}
