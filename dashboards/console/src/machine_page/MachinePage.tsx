/** One machine: who it is, how it is, and the part of its page that the address names. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { lazy, Suspense, useMemo, type ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useSearchParams } from "../app/search";
import { ApiError } from "../api/client";
import type { MachineDetail } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { PageLoading } from "../app/PageLoading";
import { useTitle } from "../app/title";
import { ItsMachine } from "../machines/When";
import { MachineHead } from "./MachineHead";
import { machineQuery } from "./queries";
import { TABS, tabOf, type Tab } from "./tabs";
import "../alarms/alarms.css";
import "./machine-page.css";

export interface TabProps {
  readonly machine: MachineDetail;
}

const PARTS: Readonly<Record<Tab, ComponentType<TabProps>>> = {
  now: lazy(async () => ({ default: (await import("./NowTab")).NowTab })),
  chart: lazy(async () => ({ default: (await import("./ChartTab")).ChartTab })),
  brief: lazy(async () => ({ default: (await import("./BriefTab")).BriefTab })),
  trips: lazy(async () => ({ default: (await import("./TripsTab")).TripsTab })),
  faults: lazy(async () => ({ default: (await import("./FaultsTab")).FaultsTab })),
  service: lazy(async () => ({ default: (await import("./ServiceTab")).ServiceTab })),
  data: lazy(async () => ({ default: (await import("./DataTab")).DataTab })),
  record: lazy(async () => ({ default: (await import("./RecordTab")).RecordTab })),
};

/** On a phone the parts are more than fit: the one that is shown must be in sight. */
function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

export function MachinePage() {
  const { t } = useTranslation();
  const { machineId = "" } = useParams();
  const machine = useQuery(machineQuery(machineId));
  const [search] = useSearchParams();
  const tab = tabOf(search);
  const Part = PARTS[tab];
  const site = machine.data?.site ?? null;
  const clock = useMemo(() => ({ site }), [site]);
  useTitle(machine.data === undefined ? t("machine.title") : `${machine.data.name} · ${t(`machinePage.tab.${tab}`)}`);
  if (machine.data === undefined)
    return (
      <div className="page">
        <h1 className="unseen">{t("machine.title")}</h1>
        {machine.isPending ? (
          <Skeleton active className="panel-skeleton" />
        ) : machine.error instanceof ApiError && machine.error.status === 404 ? (
          <EmptyNotice title={t("machine.notYours")} help={t("machine.notYoursHelp")}>
            <Link to="/machines">{t("machinePage.toList")}</Link>
          </EmptyNotice>
        ) : (
          <ErrorNotice error={machine.error} retry={() => void machine.refetch()} />
        )}
      </div>
    );
  return (
    <ItsMachine value={clock}>
      <div className="page machine-page">
        <MachineHead machine={machine.data} />
        <nav className="machine-tabs" aria-label={t("machinePage.parts")}>
          {TABS.map((one) => (
            <Link key={one} ref={one === tab ? intoView : undefined} to={{ search: `?tab=${one}` }} replace aria-current={one === tab ? "page" : undefined}>
              {t(`machinePage.tab.${one}`)}
            </Link>
          ))}
        </nav>
        <div className="page-body">
          <Suspense fallback={<PageLoading />}>
            <Part machine={machine.data} />
          </Suspense>
        </div>
      </div>
    </ItsMachine>
  );
}
