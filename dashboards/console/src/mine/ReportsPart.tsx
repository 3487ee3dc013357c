/** Work briefs of the fleet and of single machines, and those that come by mail. */
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { Button, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { answered, api } from "../api/client";
import { machinesQuery } from "../api/queries";
import type { Brief, ReportSubscription } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { quantity } from "../format/value";
import { Answer } from "../machine_page/Answer";
import { BriefPlots } from "../machine_page/BriefPlots";
import { Facts } from "../machine_page/Facts";
import { subscribe, subscriptionsQuery, unsubscribe, useCommand } from "./queries";

const PERIODS = ["day", "week", "month"] as const;
type Period = (typeof PERIODS)[number];

const fleetBriefQuery = (machine: string | null, period: Period) =>
  queryOptions({
    queryKey: ["mine", "brief", machine, period],
    queryFn: ({ signal }): Promise<Brief> =>
      machine === null
        ? answered(api.GET("/api/v1/fleet/brief", { params: { query: { period } }, signal }))
        : answered(api.GET("/api/v1/machines/{machine}/brief", { params: { path: { machine }, query: { period } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });

export function ReportsPart() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const machines = useQuery(machinesQuery);
  const machine = search.get("machine");
  const period = PERIODS.find((one) => one === search.get("period")) ?? "week";
  const brief = useQuery(fleetBriefQuery(machine, period));
  const set = (name: string, value: string | null): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === null) after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  if (machines.data?.length === 0)
    return (
      <Panel id="report" title={t("mine.part.reports")}>
        <EmptyNotice title={t("fleet.none")} help={t("mine.noMachinesHelp")} />
      </Panel>
    );
  const paper = (form: string): string => `/api/v1/${machine === null ? "fleet" : `machines/${machine}`}/brief?period=${period}&format=${form}`;
  return (
    <>
      <Panel
        id="report"
        title={t("mine.part.reports")}
        aside={brief.data && `${brief.data.from_day} – ${brief.data.to_day}`}
        tools={
          <span className="mine-tools">
            <Select
              aria-label={t("mine.reportOf")}
              showSearch={{ optionFilterProp: "label" }}
              value={machine ?? ""}
              onChange={(id) => set("machine", id === "" ? null : id)}
              options={[{ value: "", label: t("mine.allMachines") }, ...(machines.data ?? []).map((one) => ({ value: one.id, label: one.name }))]}
            />
            <Segmented<Period> aria-label={t("machinePage.period")} value={period} onChange={(next) => set("period", next)} options={PERIODS.map((value) => ({ value, label: t(`machinePage.periods.${value}`) }))} />
            {(["pdf", "csv"] as const).map((form) => (
              <Button key={form} href={paper(form)} target="_blank" rel="noopener">
                {t(`machinePage.paper.${form}`)}
              </Button>
            ))}
          </span>
        }
      >
        <Answer query={brief} rows={6}>{(data) => <Figures brief={data} byHour={period === "day" && data.hours.length > 0} />}</Answer>
      </Panel>
      <Subscriptions machine={machine} />
    </>
  );
}

function Figures({ brief, byHour }: { brief: Brief; byHour: boolean }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const n = brief.numbers;
  const told = (value: number | null, unit: string): string | null => (value === null ? null : quantity(value, unit, language));
  const percent = (ratio: number | null): string | null => (ratio === null ? null : new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(ratio));
  return (
    <div className="panel-pad brief" data-testid="mine-figures">
      <Facts
        items={[
          [t("machinePage.brief.working"), told(n.working_h, "h")],
          [t("machinePage.brief.travelling"), told(n.travelling_h, "h")],
          [t("machinePage.brief.idle"), told(n.idle_h, "h")],
          [t("machinePage.brief.utilisation"), percent(n.utilisation_ratio)],
          [t("machinePage.brief.fuel"), told(n.fuel_used_l, "L")],
          [t("machinePage.brief.perHour"), told(n.fuel_per_hour_l, "L/h")],
          [t("machinePage.brief.idleFuel"), told(n.idle_fuel_l, "L")],
          [t("machinePage.brief.distance"), told(n.distance_km, "km")],
        ]}
      />
      <BriefPlots brief={brief} byHour={byHour} />
    </div>
  );
}

function Subscriptions({ machine }: { machine: string | null }) {
  const { t } = useTranslation();
  const mails = useQuery(subscriptionsQuery);
  const [period, setPeriod] = useState<Period>("week");
  const add = useCommand(() => subscribe({ period, at: "07:00", form: "pdf", machine }), ["subscriptions"], t("mine.subscribed"));
  return (
    <Panel id="subscriptions" title={t("mine.byMail")}>
      <div className="panel-pad">
        <Answer query={mails} rows={2}>
          {(items) => (
            <ul className="mine-addresses">
              {items.length === 0 && <li className="quiet">{t("mine.noMails")}</li>}
              {items.map((one) => (
                <Subscription key={one.id} one={one} />
              ))}
            </ul>
          )}
        </Answer>
        <div className="mine-new">
          <Select aria-label={t("machinePage.period")} value={period} onChange={setPeriod} options={PERIODS.map((value) => ({ value, label: t(`mine.every.${value}`) }))} />
          <Button loading={add.isPending} onClick={() => add.mutate(undefined)} data-testid="subscribe">
            {machine === null ? t("mine.subscribeAll") : t("mine.subscribeOne")}
          </Button>
        </div>
      </div>
    </Panel>
  );
}

function Subscription({ one }: { one: ReportSubscription }) {
  const { t } = useTranslation();
  const end = useCommand(() => unsubscribe(one.id), ["subscriptions"]);
  return (
    <li>
      <span>
        <b>{one.machine_name ?? one.site_name ?? t("mine.allMachines")}</b> {t(`mine.every.${one.period}`)} {one.at} · {t("mine.next")} <Time at={one.next_at} />
      </span>
      <Button size="small" danger loading={end.isPending} onClick={() => end.mutate(undefined)}>
        {t("mine.remove")}
      </Button>
    </li>
  );
}
