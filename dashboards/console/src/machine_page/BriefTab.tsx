/** What the machine did in a day, a week, a month or any days: figures, plots and the paper. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { serverNow } from "../api/client";
import type { Brief } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { shownZone } from "../format/time";
import { quantity } from "../format/value";
import { SEVERITIES } from "../severity/severity";
import { SeverityMark } from "../severity/SeverityMark";
import { Answer } from "./Answer";
import { BriefPlots } from "./BriefPlots";
import { DayInput } from "./DayInput";
import { Facts } from "./Facts";
import type { TabProps } from "./MachinePage";
import { withPart } from "./machinesFilter";
import { briefQuery, type BriefAsked, type BriefPeriod } from "./queries";
import { dayLater, dayOf } from "./wallTime";

const PERIODS = ["day", "week", "month", "own"] as const;
type Choice = (typeof PERIODS)[number];
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What the address asks for: a period that a day lies in, or own days; last week when it asks for nothing. */
function askedOf(search: URLSearchParams): { choice: Choice; query: BriefAsked } {
  const choice = PERIODS.find((one) => one === search.get("period")) ?? "week";
  const [from, to] = [search.get("from") ?? "", search.get("to") ?? ""];
  const first = DAY.test(from) ? { from } : {};
  if (choice !== "own") return { choice, query: { period: choice, ...first } };
  const yesterday = dayLater(dayOf(serverNow(), shownZone()), -1);
  const last = DAY.test(to) ? to : yesterday;
  return { choice, query: { from: DAY.test(from) && from <= last ? from : dayLater(last, -6), to: last } };
}

export function BriefTab({ machine }: TabProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const { choice, query } = askedOf(search);
  const brief = useQuery({ ...briefQuery(machine.id, query), placeholderData: keepPreviousData });
  const set = (name: string, value: string | null) => setSearch((before) => withPart(before, name, value), { replace: true });
  const paper = (form: "pdf" | "csv" | "html") => `/api/v1/machines/${machine.id}/brief?${new URLSearchParams({ ...(query as Record<string, string>), format: form })}`;
  const move = (way: -1 | 1) => brief.data && set("from", way < 0 ? dayLater(brief.data.from_day, -1) : dayLater(brief.data.to_day, 1));
  const today = dayOf(serverNow(), shownZone());
  return (
    <>
      <Panel
        id="brief"
        title={t("machinePage.tab.brief")}
        aside={brief.data && <span data-testid="brief-days">{brief.data.from_day === brief.data.to_day ? brief.data.from_day : `${brief.data.from_day} – ${brief.data.to_day}`}{!brief.data.is_over && ` · ${t("machinePage.notOver")}`}</span>}
        tools={
          <span className="days-pick">
            <Segmented<Choice> size="small" aria-label={t("machinePage.period")} value={choice} onChange={(next) => set("period", next)} options={PERIODS.map((value) => ({ value, label: t(`machinePage.periods.${value}`) }))} />
            {choice === "own" ? (
              <>
                <DayInput label={t("machinePage.firstDay")} max={query.to} value={query.from ?? ""} onDay={(day) => set("from", day)} />
                <DayInput label={t("machinePage.lastDay")} max={today} value={query.to ?? ""} onDay={(day) => set("to", day)} />
              </>
            ) : (
              <>
                <Button size="small" onClick={() => move(-1)}>{t("chart.earlier")}</Button>
                <DayInput label={t("machinePage.dayInside")} max={today} value={query.from ?? brief.data?.from_day ?? ""} onDay={(day) => set("from", day)} />
                <Button size="small" onClick={() => move(1)} disabled={brief.data !== undefined && brief.data.to_day >= today}>{t("chart.later")}</Button>
              </>
            )}
            {(["pdf", "csv", "html"] as const).map((form) => (
              <Button key={form} size="small" href={paper(form)} target="_blank" rel="noopener" data-testid={`brief-${form}`}>
                {t(`machinePage.paper.${form}`)}
              </Button>
            ))}
          </span>
        }
      >
        <Answer query={brief} rows={6}>{(data) => <BriefFigures brief={data} period={choice === "own" ? "week" : choice} />}</Answer>
      </Panel>
    </>
  );
}

function BriefFigures({ brief, period }: { brief: Brief; period: BriefPeriod }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const n = brief.numbers;
  const own = brief.machines[0];
  const percent = (ratio: number | null) => (ratio === null ? null : new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(ratio));
  const told = (value: number | null, unit: string) => (value === null ? null : quantity(value, unit, language));
  return (
    <div className="panel-pad brief" data-testid="brief-figures">
      <Facts
        items={[
          [t("machinePage.brief.working"), told(n.working_h, "h")],
          [t("machinePage.brief.travelling"), told(n.travelling_h, "h")],
          [t("machinePage.brief.idle"), n.idle_ratio === null ? told(n.idle_h, "h") : `${told(n.idle_h, "h")} (${percent(n.idle_ratio)})`],
          [t("machinePage.brief.off"), told(n.off_h, "h")],
          [t("machinePage.brief.unheard"), told(n.unheard_h, "h")],
          [t("machinePage.brief.utilisation"), percent(n.utilisation_ratio)],
          [t("machinePage.brief.peers"), own?.peers ? t("machinePage.brief.peersOf", { median: percent(own.peers.median_utilisation_ratio), machines: own.peers.machines }) : null],
          [t("machinePage.brief.fuel"), told(n.fuel_used_l, "L")],
          [t("machinePage.brief.perHour"), told(n.fuel_per_hour_l, "L/h")],
          [t("machinePage.brief.idleFuel"), told(n.idle_fuel_l, "L")],
          [t("machinePage.brief.distance"), told(n.distance_km, "km")],
          [t("machinePage.brief.meter"), told(n.engine_hours_h, "h")],
        ]}
      />
      <p className="brief-alarms">
        {t("machinePage.brief.alarms", { count: Object.values(brief.alarms_by_severity).reduce((a, b) => a + b, 0) })}
        {SEVERITIES.filter((one) => (brief.alarms_by_severity[one] ?? 0) > 0).map((one) => (
          <span key={one}>
            <SeverityMark severity={one} quiet /> {brief.alarms_by_severity[one]}
          </span>
        ))}
      </p>
      {own?.hours_are_by_meter === true && <p className="quiet">{t("machinePage.brief.byMeter")}</p>}
      <BriefPlots brief={brief} byHour={period === "day" && brief.hours.length > 0} />
    </div>
  );
}
