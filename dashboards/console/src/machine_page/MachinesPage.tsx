/** Every machine the viewer sees: searched, narrowed and ordered by the address, so that a view can be shared. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useCallback, useDeferredValue, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useSearchParams } from "../app/search";
import { alarmsQuery, machinesQuery } from "../api/queries";
import type { Machine } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Page } from "../app/Page";
import { usePreferences } from "../app/preferences";
import { useHeldOrder } from "../app/useHeldOrder";
import { useHold } from "../app/useHold";
import { useMedia } from "../app/useMedia";
import { LiveTable } from "../table/LiveTable";
import { CHOSEN_COLUMNS, machineColumns } from "./machineColumns";
import { MachinesFilters } from "./MachinesFilters";
import { inOrder, silentIn, wantedMachines, wantedOf, withPart, type MachinesWanted } from "./machinesFilter";
import { dueQuery, ownedQuery } from "./queries";
import "./machine-page.css";

const NOTHING_DUE = new Map();
const nameOf = (machine: Machine): string => machine.name;
const isFaint = (machine: Machine): boolean => !machine.online;

export function MachinesPage() {
  const { t } = useTranslation();
  const machines = useQuery(machinesQuery);
  const [search] = useSearchParams();
  const wanted = useMemo(() => wantedOf(search), [search]);
  const due = useQuery(dueQuery).data ?? NOTHING_DUE;
  const { data: open } = useQuery(alarmsQuery("active"));
  const silent = useMemo(() => silentIn(open ?? []), [open]);
  const owned = useQuery(ownedQuery(wanted.organisation));
  const all = machines.data;
  const typed = useDeferredValue(wanted);
  const shown = useMemo(() => wantedMachines(all ?? [], typed, owned.data ?? null, due, silent), [all, typed, owned.data, due, silent]);
  return (
    <Page title={t("machinePage.title")} aside={all && <span data-testid="machines-count">{t("machinePage.shown", { shown: shown.length, all: all.length })}</span>}>
      <div className="panel machines-panel">
        <MachinesFilters machines={all ?? []} wanted={wanted} />
        {machines.isPending || (wanted.organisation !== null && owned.isPending) ? (
          <Skeleton active title={false} paragraph={{ rows: 12 }} className="panel-skeleton" />
        ) : all === undefined ? (
          <ErrorNotice error={machines.error} retry={() => void machines.refetch()} />
        ) : all.length === 0 ? (
          <EmptyNotice title={t("fleet.none")} help={t("fleet.noneHelp")} />
        ) : (
          <MachinesTable shown={shown} all={all} due={due} wanted={wanted} />
        )}
      </div>
    </Page>
  );
}

interface TableProps {
  readonly shown: readonly Machine[];
  readonly all: readonly Machine[];
  readonly due: Parameters<typeof machineColumns>[0]["due"];
  readonly wanted: MachinesWanted;
}

function MachinesTable({ shown, all, due, wanted }: TableProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [search, setSearch] = useSearchParams();
  const go = useNavigate();
  const hold = useHold();
  const narrow = useMedia("(max-width: 899px)");
  const asked = search.get("sort") ?? "alarms";
  const sort = useMemo(() => ({ key: asked.replace(/^-/, ""), descending: asked.startsWith("-") }), [asked]);
  const chosen = search.get("columns")?.split("|") ?? CHOSEN_COLUMNS;
  const columns = useMemo(() => machineColumns({ t, language, due, chosen, narrow }), [t, language, due, chosen.join(), narrow]); // eslint-disable-line -- columns by value
  const ordered = useMemo(() => inOrder(shown, sort, due), [shown, sort, due]);
  const { rows, waiting } = useHeldOrder(ordered, all, hold.holding, JSON.stringify([wanted, sort]));
  const onSort = useCallback(
    (key: string) =>
      setSearch((before) => withPart(before, "sort", before.get("sort") === key ? `-${key}` : before.get("sort") === `-${key}` || key === "alarms" ? null : key), { replace: true }),
    [setSearch],
  );
  const open = useCallback((id: string) => void go(`/machines/${id}`), [go]);
  return (
    <div className="machines-frame" {...hold.handlers}>
      <LiveTable<Machine>
        label={t("machinePage.title")}
        columns={columns}
        rows={waiting.length === 0 ? rows : [...rows, ...waiting]}
        rowHeight={narrow ? 50 : 42}
        nameOf={nameOf}
        isFaint={isFaint}
        selectedId={null}
        onSelect={open}
        sort={sort}
        onSort={onSort}
        empty={t("fleet.noMatch")}
      />
    </div>
  );
}
