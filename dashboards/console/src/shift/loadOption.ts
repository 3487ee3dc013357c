/** Pure: the plot of the load, alarms a seat in each stretch beside the limits. */
import type { AlarmSeries } from "../api/types";
import type { Appearance, Language } from "../app/preferences";
import { chartColours } from "../chart/palette";
import { clockOrDay, day, hourAndMinute } from "../format/time";
import type { PlotOption } from "../plot/EChart";

interface Words {
  readonly language: Language;
  readonly appearance: Appearance;
  readonly name: string;
  readonly acceptable: string;
  readonly manageable: string;
}

const COLOURS: Readonly<Record<Appearance, { readonly within: string; readonly between: string; readonly above: string }>> = {
  light: { within: "#4a7fb5", between: "#d98200", above: "#c1121f" },
  dark: { within: "#6ea3d8", between: "#f0a43c", above: "#ef5a62" },
};

/** The stretches as [start (ms), alarms a seat]. */
export function stretches({ from_at, every_s, seats, alarms }: AlarmSeries): [number, number][] {
  const from = Date.parse(from_at);
  return alarms.map((count, i) => [from + i * every_s * 1_000, count / seats]);
}

/** A time under the plot; at midnight, and of days, the date. */
function tick(at: number, everyS: number, language: Language): string {
  const time = hourAndMinute(at, language);
  return everyS >= 86_400 || time === "00:00" ? day(at, language) : time;
}

export function loadOption(series: AlarmSeries, words: Words): PlotOption {
  const colours = COLOURS[words.appearance];
  const { grid, text } = chartColours(words.appearance);
  const points = stretches(series);
  const most = Math.max(series.manageable, ...points.map(([, value]) => value));
  const line = (name: string, value: number, color: string) => ({ name, yAxis: value, lineStyle: { color, type: "dashed", width: 1.5 }, label: { formatter: `${name} ${value}`, color: text, position: "insideStartTop" } });
  return {
    grid: { left: 34, right: 12, top: 12, bottom: 24 },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (shown: readonly { readonly value: readonly [number, number] }[]) => {
        const [at, value] = shown[0]?.value ?? [0, 0];
        return `${clockOrDay(at, Date.parse(series.to_at), words.language)} · ${words.name}: ${value.toLocaleString(words.language, { maximumFractionDigits: 2 })}`;
      },
    },
    xAxis: {
      type: "time",
      min: Date.parse(series.from_at),
      max: Date.parse(series.to_at),
      axisLine: { lineStyle: { color: grid } },
      axisLabel: { color: text, hideOverlap: true, formatter: (at: number) => tick(at, series.every_s, words.language) },
    },
    yAxis: { type: "value", max: Math.ceil(most * 1.15), minInterval: 1, splitLine: { lineStyle: { color: grid } }, axisLabel: { color: text } },
    series: [
      {
        type: "bar",
        barMaxWidth: 18,
        data: points.map(([at, value]) => ({ value: [at, value], itemStyle: { color: value > series.manageable ? colours.above : value > series.acceptable ? colours.between : colours.within } })),
        markLine: { symbol: "none", silent: true, animation: false, data: [line(words.acceptable, series.acceptable, text), line(words.manageable, series.manageable, colours.above)] },
      },
    ],
  };
}
