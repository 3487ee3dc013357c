/** The overview: where the fleet is and how it does, the load of alarms, who is silent, what is due, whether the data can be trusted. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { alarmsQuery, sessionQuery } from "../api/queries";
import type { Alarm } from "../api/types";
import { Page } from "../app/Page";
import { PageLoading } from "../app/PageLoading";
import { useQuiet } from "../app/useQuiet";
import { Counts } from "./Counts";
import { CriticalPanel } from "./CriticalPanel";
import { DuePanel } from "./DuePanel";
import { HealthPanel } from "./HealthPanel";
import { alarmsPath, machinesPath } from "./paths";
import { LoadPanel } from "./LoadPanel";
import { PartChoice } from "./PartChoice";
import { SilentPanel } from "./SilentPanel";
import { usePart } from "./usePart";
import "./overview.css";

const OverviewMap = lazy(async () => ({ default: (await import("./OverviewMap")).OverviewMap }));

export function OverviewPage() {
  const { t } = useTranslation();
  const quiet = useQuiet();
  const part = usePart();
  const { data: me } = useQuery(sessionQuery);
  const { data: open } = useQuery(alarmsQuery("active"));
  const { machines, sites } = part;
  const among = part.site === null && part.organisation === null ? null : sites;
  const alarms = useMemo(() => open?.filter((alarm: Alarm) => alarm.state === "active" && among?.has(alarm.machine.id) !== false), [open, among]);
  const told = machines && alarms;
  return (
    <Page title={t("overview.title")} tools={<PartChoice site={part.site} organisation={part.organisation} choose={part.choose} />}>
      <Counts part={part} alarms={told} />
      <div className="overview">
        <div className="overview-wide">
          {quiet ? (
            <Suspense fallback={<PageLoading />}>
              <OverviewMap part={part} />
            </Suspense>
          ) : (
            <PageLoading />
          )}
          {me?.rights.includes("read_rules") && <LoadPanel />}
        </div>
        <div className="overview-side">
          <CriticalPanel alarms={told} sites={sites} all={alarmsPath(part, "critical")} />
          <SilentPanel alarms={told} sites={sites} all={machinesPath(part, "silent")} />
          <DuePanel sites={among} all={machinesPath(part, "due")} />
          <HealthPanel />
        </div>
      </div>
    </Page>
  );
}
