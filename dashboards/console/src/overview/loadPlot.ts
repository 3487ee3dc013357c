/** Pure: the load of alarms as a plot. */
import type { AlarmSeries } from "../api/types";
import type { Appearance } from "../app/preferences";
import { chartColours, lineColour } from "../chart/palette";
import { hourAndMinute, instant } from "../format/time";
import type { PlotOption } from "../plot/EChart";

interface LoadWords {
  readonly alarms: string;
  readonly manageable: string;
  readonly acceptable: string;
}

const TOO_MANY: Readonly<Record<Appearance, string>> = { light: "#b00d1b", dark: "#ff7b80" };

/** Bars of all seats together; those above what the seats can manage are in the colour of what is critical, and higher than the line. */
export function loadOption(series: AlarmSeries, words: LoadWords, language: string, appearance: Appearance): PlotOption {
  const { grid, text } = chartColours(appearance);
  const begin = Date.parse(series.from_at);
  const at = series.alarms.map((_, i) => begin + i * series.every_s * 1000);
  const most = series.manageable * series.seats;
  const limit = (value: number, name: string, type: string) => ({
    yAxis: value,
    lineStyle: { color: type === "solid" ? TOO_MANY[appearance] : text, type, width: 1 },
    label: { formatter: name, position: "insideStartTop", color: text, fontSize: 10 },
  });
  return {
    grid: { left: 34, right: 12, top: 16, bottom: 22 },
    tooltip: { trigger: "axis", confine: true, axisPointer: { type: "shadow" }, formatter: (points: { dataIndex: number }[]) => tipOf(series, at, points[0]?.dataIndex ?? 0, words, language) },
    xAxis: { type: "category", data: at.map((ms) => hourAndMinute(ms, language)), axisLine: { lineStyle: { color: grid } }, axisTick: { show: false }, axisLabel: { color: text, fontSize: 11, interval: 5 } },
    yAxis: { type: "value", minInterval: 1, max: (range: { max: number }) => Math.max(range.max, Math.ceil(most * 1.3)), axisLabel: { color: text, fontSize: 11 }, splitLine: { lineStyle: { color: grid } } },
    series: [
      {
        type: "bar",
        name: words.alarms,
        barCategoryGap: "25%",
        data: series.alarms.map((value) => ({ value, itemStyle: { color: value > most ? TOO_MANY[appearance] : lineColour(0, appearance) } })),
        markLine: { silent: true, symbol: "none", data: [limit(most, words.manageable, "solid"), limit(series.acceptable * series.seats, words.acceptable, "dashed")] },
      },
    ],
  };
}

function tipOf(series: AlarmSeries, at: readonly number[], i: number, words: LoadWords, language: string): string {
  return `${instant(at[i] ?? 0, language)}<br>${words.alarms}: <b>${series.alarms[i] ?? 0}</b>`;
}
