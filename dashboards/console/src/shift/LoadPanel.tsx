/** The load beside the limits of ISA-18.2: a plot of the span, rates, floods, and what stands too long. */
import { useQuery } from "@tanstack/react-query";
import { Segmented, Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSearchParams } from "../app/search";
import type { AlarmLoad, Rate } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { Plot } from "../plot/Plot";
import { Figure } from "./Figure";
import { loadOption } from "./loadOption";
import { loadQuery, seriesQuery } from "./queries";
import { EVERY, type Every, type Span, usualEvery } from "./span";

const PLOT_PX = 200;

export function LoadPanel({ span, now }: { span: Span; now: number }) {
  const { t } = useTranslation();
  const load = useQuery(loadQuery(span));
  return (
    <Panel id="load" title={t("shift.load.title")} aside={load.data && t("shift.load.aside", { alarms: load.data.alarms, seats: load.data.seats })} tools={<EverySwitch span={span} now={now} />}>
      <div className="shift-load">
        <Series span={span} now={now} />
        {load.isPending ? (
          <Skeleton active title={false} paragraph={{ rows: 4 }} />
        ) : load.data === undefined ? (
          <ErrorNotice error={load.error} retry={() => void load.refetch()} />
        ) : (
          <Figures load={load.data} />
        )}
      </div>
    </Panel>
  );
}

function useEvery(span: Span, now: number): [Every, (every: Every) => void] {
  const [search, setSearch] = useSearchParams();
  const asked = EVERY.find((every) => every === search.get("every"));
  const choose = (every: Every): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set("every", every);
        return after;
      },
      { replace: true },
    );
  return [asked ?? usualEvery(span, now), choose];
}

function EverySwitch({ span, now }: { span: Span; now: number }) {
  const { t } = useTranslation();
  const [every, choose] = useEvery(span, now);
  return <Segmented<Every> size="small" aria-label={t("shift.load.every")} value={every} onChange={choose} options={EVERY.map((value) => ({ value, label: t(`shift.load.per.${value}`) }))} />;
}

function Series({ span, now }: { span: Span; now: number }) {
  const { t } = useTranslation();
  const { language, appearance } = usePreferences();
  const [every] = useEvery(span, now);
  const series = useQuery(seriesQuery(span, every));
  const option = useMemo(
    () => series.data && loadOption(series.data, { language, appearance, name: t(`shift.load.per.${every}`), acceptable: t("shift.load.acceptable"), manageable: t("shift.load.manageable") }),
    [series.data, language, appearance, every, t],
  );
  if (series.data === undefined || option === undefined) {
    return series.isPending ? <div style={{ height: PLOT_PX }} /> : <ErrorNotice error={series.error} retry={() => void series.refetch()} />;
  }
  const most = Math.max(0, ...series.data.alarms) / series.data.seats;
  return <Plot option={option} height={PLOT_PX} label={t("shift.load.plot", { most: most.toLocaleString(language, { maximumFractionDigits: 1 }), limit: series.data.manageable })} />;
}

function Figures({ load }: { load: AlarmLoad }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const share = (part: number): string => part.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
  return (
    <>
      <div className="shift-figures">
        <RateFigure name={t("shift.load.tenMinutes")} rate={load.ten_minutes} testId="rate-ten-minutes" />
        <RateFigure name={t("shift.load.hour")} rate={load.hour} testId="rate-hour" />
        <RateFigure name={t("shift.load.day")} rate={load.day} testId="rate-day" />
        <Figure name={t("shift.load.flood")} value={share(load.flood_share)} limit={t("shift.load.most", { limit: share(load.flood_share_most) })} isKept={load.flood_share <= load.flood_share_most} />
        <Figure name={t("shift.load.stale")} value={load.standing.stale} limit={t("shift.load.most", { limit: load.stale_most })} isKept={load.standing.stale <= load.stale_most} />
        <Figure name={t("shift.load.topTen")} value={share(load.top_share)} limit={t("shift.load.most", { limit: share(0.05) })} isKept={load.top_share <= 0.05} />
        <Figure name={t("shift.load.chattering")} value={load.chattering_points} limit={t("shift.load.most", { limit: 0 })} isKept={load.chattering_points === 0} />
        <Figure name={t("shift.load.fleeting")} value={load.fleeting} />
      </div>
      {load.floods.length > 0 && (
        <section className="shift-floods">
          <h3>{t("shift.load.floods")}</h3>
          <ol className="shift-list">
            {load.floods.map((flood) => (
              <li key={flood.flood_id}>
                <Time at={flood.began_at} /> – {flood.ended_at === null ? t("shift.load.goesOn") : <Time at={flood.ended_at} />} · {t("shift.load.peak", { peak: flood.peak, seats: flood.seats })} ·{" "}
                <Link to={`/alarms/${flood.first_out}`}>{t("shift.load.firstOut")}</Link>
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

function RateFigure({ name, rate, testId }: { name: string; rate: Rate; testId: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const short = (value: number): string => value.toLocaleString(language, { maximumFractionDigits: 2 });
  const limit = t("shift.load.rate", { acceptable: rate.acceptable, manageable: rate.manageable, peak: short(rate.peak) });
  return <Figure name={name} value={short(rate.mean)} limit={limit} isKept={rate.mean <= rate.manageable} testId={testId} />;
}
