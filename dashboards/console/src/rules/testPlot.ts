/** Pure: a rule's test as a chart, in the units in which it is written: its signals by unit, the limits, and where it fires beside where it should. */
import type { RuleTestRun } from "../api/types";
import type { Appearance } from "../app/preferences";
import { chartColours, lineColour } from "../chart/palette";
import type { PlotOption } from "../plot/EChart";
import { ruleUnit } from "./words";

export interface PlottedLimit {
  readonly key: string;
  readonly comparison: string;
  readonly value: number;
}

export interface TestPlotWords {
  readonly expected: string;
  readonly found: string;
  readonly nameOf: (signal: string) => string;
  readonly unitOf: (signal: string) => string;
}

const PANEL_PX = 92;
const GAP_PX = 22;
const STRIP_PX = 34;
const BOTTOM_PX = 24;

/** The units of a test's signals, each a panel, in the order in which they come. */
export function panelsOf(run: Pick<RuleTestRun, "signals">, unitOf: (signal: string) => string): { unit: string; keys: string[] }[] {
  const panels: { unit: string; keys: string[] }[] = [];
  for (const key of Object.keys(run.signals)) {
    const unit = unitOf(key);
    const panel = panels.find((one) => one.unit === unit);
    if (panel === undefined) panels.push({ unit, keys: [key] });
    else panel.keys.push(key);
  }
  return panels;
}

export function plotHeight(panels: number): number {
  return 8 + STRIP_PX + panels * (PANEL_PX + GAP_PX) + BOTTOM_PX;
}

/** The span of a test in seconds, a little longer than its rows so that what is open at the end is seen to go on. */
export function spanOf(run: RuleTestRun): number {
  const ends = [...run.at_s, ...[...run.expected, ...run.found].flatMap((one) => [one.from_s, one.held_s ?? 0, one.to_s ?? 0]), ...run.codes.map((code) => code.at_s)];
  return Math.max(1, ...ends) * 1.04;
}

type Item = readonly [number, number, number];

/** Stretches as bars: [row, from, to]; row 0: expected, 1: found. */
export function barsOf(run: RuleTestRun, end: number): Item[] {
  return [run.expected, run.found].flatMap((stretches, row) => stretches.map((one): Item => [row, one.from_s, one.to_s ?? end]));
}

export function testOption(run: RuleTestRun, limits: readonly PlottedLimit[], words: TestPlotWords, appearance: Appearance): PlotOption {
  const { grid: gridColour, text, font } = chartColours(appearance);
  const panels = panelsOf(run, words.unitOf);
  const end = spanOf(run);
  const label = { color: text, fontSize: 11, fontFamily: font.slice(font.indexOf(" ") + 1) };
  const line = { lineStyle: { color: gridColour } };
  const rows = [{ unit: "", keys: [] as string[] }, ...panels];
  const top = (row: number): number => (row === 0 ? 8 : 8 + STRIP_PX + GAP_PX / 2 + (row - 1) * (PANEL_PX + GAP_PX));
  let colour = 0;
  const series: object[] = stripSeries(run, end, appearance);
  panels.forEach(({ keys }, index) => {
    for (const key of keys) {
      const own = lineColour(colour++, appearance);
      series.push({
        type: "line", name: words.nameOf(key), xAxisIndex: index + 1, yAxisIndex: index + 1, connectNulls: true, symbol: "circle", symbolSize: 5,
        lineStyle: { width: 1.6, color: own }, itemStyle: { color: own },
        data: (run.signals[key] ?? []).map((value, i) => [run.at_s[i], value]),
        markLine: { symbol: "none", silent: true, lineStyle: { type: "dashed", color: own }, label: { ...label, position: "insideEndTop", formatter: "{b}" }, data: limits.filter((one) => one.key === key).map((one) => ({ yAxis: one.value, name: `${one.comparison} ${one.value}` })) },
      });
    }
  });
  return {
    grid: rows.map((_, row) => ({ outerBoundsMode: "none", left: 66, right: 14, top: top(row), height: row === 0 ? STRIP_PX : PANEL_PX })),
    xAxis: rows.map((_, row) => ({ type: "value", min: 0, max: end, gridIndex: row, axisLabel: { ...label, show: row === rows.length - 1, formatter: "{value} s", hideOverlap: true, showMaxLabel: false }, axisLine: line, splitLine: { show: row > 0, ...line }, axisTick: { show: false } })),
    yAxis: [
      { type: "category", gridIndex: 0, data: [words.expected, words.found], inverse: true, axisLabel: label, axisLine: { show: false }, axisTick: { show: false } },
      ...panels.map(({ unit }, index) => ({ type: "value", gridIndex: index + 1, scale: true, name: ruleUnit(unit), nameLocation: "middle", nameGap: 46, nameTextStyle: label, axisLabel: label, splitNumber: 3, splitLine: line })),
    ],
    tooltip: { trigger: "axis", confine: true, axisPointer: { type: "line" }, valueFormatter: (value: unknown) => (typeof value === "number" ? String(Number(value.toPrecision(7))) : "–") },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    series,
  };
}

/** The two strips above the panels; drawn as a floating bar: an unseen one up to its beginning, then its length. */
function stripSeries(run: RuleTestRun, end: number, appearance: Appearance): object[] {
  const bars = barsOf(run, end);
  const colours = appearance === "dark" ? ["#8b99a6", "#e2a376"] : ["#5f6b77", "#b4560f"];
  return bars.flatMap(([row, from, to]) => {
    const data = (value: number): (number | null)[] => [0, 1].map((one) => (one === row ? value : null));
    const stack = `${row} ${from}`;
    const common = { type: "bar", xAxisIndex: 0, yAxisIndex: 0, stack, barWidth: 9, barGap: "-100%", tooltip: { show: false } };
    return [
      { ...common, silent: true, itemStyle: { color: "transparent" }, data: data(from) },
      { ...common, silent: true, itemStyle: { color: colours[row] }, data: data(Math.max(to - from, end / 200)) },
    ];
  });
}
