/** A brief's hours by what the machine did, and its fuel, day by day (of one day hour by hour). */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Brief, BriefNumbers } from "../api/types";
import { usePreferences } from "../app/preferences";
import { shownValue, unitWord } from "../format/value";
import { Plot } from "../plot/Plot";

const STATES = ["working", "travelling", "idle", "off", "unheard"] as const;
const COLOURS = {
  light: { working: "#1f66b0", travelling: "#0d8073", idle: "#c98a1b", off: "#8b97a3", unheard: "#dde3e9", fuel: "#8446bd" },
  dark: { working: "#6cb2f5", travelling: "#45cdbd", idle: "#e0b15c", off: "#5d6a77", unheard: "#28323c", fuel: "#c19bf2" },
} as const;

export function BriefPlots({ brief, byHour }: { brief: Brief; byHour: boolean }) {
  const { t } = useTranslation();
  const { language, appearance, units } = usePreferences();
  const rows: readonly { name: string; numbers: BriefNumbers }[] = byHour
    ? brief.hours.map(({ begins, numbers }) => ({ name: begins, numbers }))
    : brief.days.map(({ day, numbers }) => ({ name: day.slice(5), numbers }));
  const options = useMemo(() => {
    const names = rows.map((row) => row.name);
    const colour = COLOURS[appearance];
    const frame = {
      grid: { left: 48, right: 12, top: 52, bottom: 26 },
      xAxis: { type: "category", data: names },
      tooltip: { trigger: "axis", valueFormatter: (value: number | null) => (value === null ? "–" : value.toLocaleString(language, { maximumFractionDigits: 1 })) },
      legend: { top: 2, left: 4, itemWidth: 12, itemHeight: 10 },
    };
    const hours = {
      ...frame,
      yAxis: { type: "value", name: "h", nameGap: 10 },
      series: STATES.map((state) => ({ type: "bar", stack: "hours", name: t(`machinePage.brief.${state}`), itemStyle: { color: colour[state] }, data: rows.map(({ numbers }) => numbers[`${state}_h`]) })),
    };
    const fuel = {
      ...frame,
      yAxis: { type: "value", name: unitWord("L"), nameGap: 10 },
      series: [{ type: "bar", name: t("machinePage.brief.fuel"), itemStyle: { color: colour.fuel }, data: rows.map(({ numbers }) => (numbers.fuel_used_l === null ? null : shownValue(numbers.fuel_used_l, "L"))) }],
    };
    return { hours, fuel };
  }, [brief, byHour, language, appearance, units, t]); // eslint-disable-line -- rows are the brief's
  return (
    <div className="brief-plots">
      <Plot option={options.hours} label={t("machinePage.brief.hoursPlot", { from: brief.from_day, to: brief.to_day })} height={240} />
      {brief.numbers.fuel_used_l !== null && <Plot option={options.fuel} label={t("machinePage.brief.fuelPlot", { from: brief.from_day, to: brief.to_day })} height={240} />}
    </div>
  );
}
