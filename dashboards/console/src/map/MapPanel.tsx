/** The map panel: the fleet's places on an outline of the land. */
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { machinesQuery } from "../api/queries";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { useSelection } from "../machines/useSelection";
import { FleetMap, type FleetMapHandle } from "./FleetMap";
import "./map.css";

export function MapPanel({ onSelect }: { onSelect: (machineId: string) => void }) {
  const { t } = useTranslation();
  const { appearance } = usePreferences();
  const { selectedId } = useSelection();
  const machines = useQuery(machinesQuery);
  const map = useRef<FleetMapHandle>(null);
  const placed = (machines.data ?? []).filter((machine) => machine.position !== null);
  return (
    <Panel
      id="map"
      title={t("map.title")}
      aside={machines.data && t("map.placed", { placed: placed.length, all: machines.data.length })}
      tools={
        <>
          <Button size="small" disabled={selectedId === null} onClick={() => map.current?.showMachine()}>
            {t("map.showMachine")}
          </Button>
          <Button size="small" disabled={placed.length === 0} onClick={() => map.current?.showAll()}>
            {t("map.showAll")}
          </Button>
        </>
      }
    >
      {machines.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 5 }} className="panel-skeleton" />
      ) : machines.data === undefined ? (
        <ErrorNotice error={machines.error} retry={() => void machines.refetch()} />
      ) : placed.length === 0 ? (
        <EmptyNotice title={t("map.none")} help={t("map.noneHelp")} />
      ) : (
        <FleetMap ref={map} machines={placed} selectedId={selectedId} appearance={appearance} onSelect={onSelect} />
      )}
    </Panel>
  );
}
