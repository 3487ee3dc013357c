/** The map of the part of the fleet that the page is about; a machine's sign leads to the machine. */
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { machinesQuery } from "../api/queries";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { FleetMap, type FleetMapHandle } from "../map/FleetMap";
import type { PartOfFleet } from "./usePart";

export function OverviewMap({ part }: { part: PartOfFleet }) {
  const { t } = useTranslation();
  const { appearance } = usePreferences();
  const go = useNavigate();
  const machines = useQuery(machinesQuery);
  const map = useRef<FleetMapHandle>(null);
  const placed = useMemo(() => part.shown?.filter((machine) => machine.position !== null) ?? [], [part.shown]);
  const tools = useMemo(
    () => (
      <Button size="small" disabled={placed.length === 0} onClick={() => map.current?.showAll()}>
        {t("map.showAll")}
      </Button>
    ),
    [placed.length === 0, t],
  );
  return (
    <Panel id="overview-map" title={t("overview.map")} aside={part.shown && t("map.placed", { placed: placed.length, all: part.shown.length })} tools={tools}>
      {machines.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 5 }} className="panel-skeleton" />
      ) : machines.data === undefined ? (
        <ErrorNotice error={machines.error} retry={() => void machines.refetch()} />
      ) : (
        <>
          <FleetMap ref={map} machines={placed} selectedId={null} appearance={appearance} onSelect={(id) => void go(`/machines/${id}`)} onView={() => undefined} />
          {placed.length === 0 && (
            <div className="overview-nobody">
              <EmptyNotice title={machines.data.length === 0 ? t("map.none") : t("overview.nobodyHere")} help={machines.data.length === 0 ? t("map.noneHelp") : t("overview.nobodyHereHelp")} />
            </div>
          )}
        </>
      )}
    </Panel>
  );
}
