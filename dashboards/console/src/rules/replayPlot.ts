/** Pure: a replay's differences by rule as bars. */
import type { Appearance } from "../app/preferences";
import { chartColours, lineColour } from "../chart/palette";
import type { PlotOption } from "../plot/EChart";
import type { Change } from "./words";
import type { RuleCounts } from "./replaySummary";

const ROW_PX = 20;
const MOST = 15;

export function rulesHeight(rules: number): number {
  return 62 + Math.min(rules, MOST) * ROW_PX;
}

/** New to the right, gone to the left, what is moved or graded otherwise beside the new: what the set finds more stands right of the middle. */
export function rulesOption(rules: readonly RuleCounts[], titleOf: (key: string) => string, words: Readonly<Record<Change, string>>, appearance: Appearance): PlotOption {
  const { grid, text, font } = chartColours(appearance);
  const label = { color: text, fontSize: 11, fontFamily: font.slice(font.indexOf(" ") + 1) };
  const shown = rules.slice(0, MOST).toReversed();
  const bar = (change: Change, index: number, sign: number): object => ({
    type: "bar", name: words[change], stack: "all", barMaxWidth: 11, itemStyle: { color: lineColour(index, appearance) }, data: shown.map((one) => sign * one[change]),
  });
  return {
    grid: { left: 8, right: 16, top: 26, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: label, itemWidth: 12, itemHeight: 8 },
    xAxis: { type: "value", minInterval: 1, axisLabel: { ...label, formatter: (value: number) => String(Math.abs(value)) }, splitLine: { lineStyle: { color: grid } } },
    yAxis: { type: "category", data: shown.map((one) => titleOf(one.key)), axisLabel: label, axisTick: { show: false }, axisLine: { lineStyle: { color: grid } } },
    tooltip: { trigger: "axis", confine: true, axisPointer: { type: "shadow" }, valueFormatter: (value: unknown) => String(Math.abs(Number(value))) },
    series: [bar("gone", 1, -1), bar("regraded", 2, 1), bar("moved", 0, 1), bar("new", 3, 1)],
  };
}
