/** The map panel: the fleet's places on an outline of the land. */
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { machinesQuery } from "../api/queries";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { useMedia } from "../app/useMedia";
import { useSelection } from "../machines/useSelection";
import type { Box } from "./features";
import { FleetMap, type FleetMapHandle } from "./FleetMap";
import { MachinesInView } from "./MachinesInView";

export function MapPanel({ onSelect }: { onSelect: (machineId: string) => void }) {
  const { t } = useTranslation();
  const { appearance } = usePreferences();
  const { selectedId } = useSelection();
  const machines = useQuery(machinesQuery);
  const map = useRef<FleetMapHandle>(null);
  const narrow = useMedia("(max-width: 899px)");
  const [view, setView] = useState<Box | null>(null);
  const placed = (machines.data ?? []).filter((machine) => machine.position !== null);
  const nobody = placed.length === 0;
  const tools = useMemo(
    () => (
      <>
        <Button size="small" disabled={selectedId === null} onClick={() => map.current?.showMachine()}>
          {t("map.showMachine")}
        </Button>
        <Button size="small" disabled={nobody} onClick={() => map.current?.showAll()}>
          {t("map.showAll")}
        </Button>
      </>
    ),
    [selectedId, nobody, t],
  );
  return (
    <Panel
      id="map"
      title={t("map.title")}
      aside={machines.data && t("map.placed", { placed: placed.length, all: machines.data.length })}
      tools={tools}
    >
      {machines.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 5 }} className="panel-skeleton" />
      ) : machines.data === undefined ? (
        <ErrorNotice error={machines.error} retry={() => void machines.refetch()} />
      ) : nobody ? (
        <EmptyNotice title={t("map.none")} help={t("map.noneHelp")} />
      ) : (
        <div className="map-frame">
          <div className="map-place">
            <FleetMap ref={map} machines={placed} selectedId={selectedId} appearance={appearance} onSelect={onSelect} onView={setView} />
          </div>
          {narrow && view !== null && <MachinesInView machines={placed} box={view} selectedId={selectedId} onSelect={onSelect} />}
        </div>
      )}
    </Panel>
  );
}
