/** The fleet as a table, in an order that stands still while somebody points at it. */
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Machine } from "../api/types";
import { usePreferences } from "../app/preferences";
import { useHeldOrder } from "../app/useHeldOrder";
import { useHold } from "../app/useHold";
import { useMedia } from "../app/useMedia";
import { LiveTable } from "../table/LiveTable";
import { fleetColumns } from "./columns";
import { passes, sorted, type FleetFilters, type Sort, type SortKey } from "./sorting";
import { useSelection } from "./useSelection";

const NO_FILTERS: FleetFilters = { kind: [], state: [], alarms: [] };
const FIRST_SORT: Sort = { key: "alarms", descending: false };
const nameOf = (machine: Machine): string => machine.name;
const isFaint = (machine: Machine): boolean => !machine.online;

interface FleetTableProps {
  readonly machines: readonly Machine[];
  /** What was searched for: another search makes the list anew. */
  readonly question: string;
  readonly onSelect: (machineId: string) => void;
}

export function FleetTable({ machines, question, onSelect }: FleetTableProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { selectedId } = useSelection();
  const [sort, setSort] = useState<Sort>(FIRST_SORT);
  const [filters, setFilters] = useState<FleetFilters>(NO_FILTERS);
  const hold = useHold();
  const narrow = useMedia("(max-width: 899px)");

  const kinds = useMemo(() => [...new Set(machines.map((machine) => machine.kind))].toSorted().join(), [machines]);
  const columns = useMemo(
    () => fleetColumns({ t, language, kinds: kinds.split(",").filter(Boolean), filters, setFilters, narrow }),
    [t, language, kinds, filters, narrow],
  );
  const inOrder = useMemo(() => sorted(machines.filter((machine) => passes(machine, filters)), sort), [machines, filters, sort]);
  const { rows, waiting } = useHeldOrder(inOrder, machines, hold.holding, JSON.stringify([question, sort, filters]));
  const onSort = useCallback(
    (key: string) =>
      setSort((before) => {
        if (before.key !== key) return { key: key as SortKey, descending: false };
        return before.descending ? FIRST_SORT : { key: before.key, descending: true };
      }),
    [],
  );

  return (
    <div className="fleet-frame" {...hold.handlers}>
      <LiveTable<Machine>
        label={t("fleet.title")}
        columns={columns}
        rows={waiting.length === 0 ? rows : [...rows, ...waiting]}
        rowHeight={narrow ? 50 : 34}
        nameOf={nameOf}
        isFaint={isFaint}
        selectedId={selectedId}
        onSelect={onSelect}
        sort={sort}
        onSort={onSort}
        empty={t("fleet.noMatch")}
      />
    </div>
  );
}
