/** The fleet: every machine in one row, sortable and filterable. */
import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Input, Skeleton } from "antd";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { machinesQuery } from "../api/queries";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { FleetTable } from "./FleetTable";
import { matching } from "./sorting";

export function FleetPanel({ onSelect }: { onSelect: (machineId: string) => void }) {
  const { t } = useTranslation();
  const machines = useQuery(machinesQuery);
  const [typed, setTyped] = useState("");
  const wanted = useDeferredValue(typed);
  const search = useMemo(
    () => (
      <Input
        allowClear
        className="fleet-search"
        prefix={<SearchOutlined aria-hidden />}
        placeholder={t("fleet.search")}
        aria-label={t("fleet.search")}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    ),
    [typed, t],
  );
  const all = machines.data ?? [];
  const online = all.filter((machine) => machine.online).length;
  return (
    <Panel
      id="fleet"
      title={t("fleet.title")}
      aside={machines.data && t("fleet.online", { online, all: all.length })}
      tools={search}
    >
      {machines.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 8 }} className="panel-skeleton" />
      ) : machines.data === undefined ? (
        <ErrorNotice error={machines.error} retry={() => void machines.refetch()} />
      ) : all.length === 0 ? (
        <EmptyNotice title={t("fleet.none")} help={t("fleet.noneHelp")} />
      ) : (
        <FleetTable machines={matching(all, wanted)} question={wanted} onSelect={onSelect} />
      )}
    </Panel>
  );
}
