/** Pure: lateness and refusals hour by hour as plots. */
import type { FleetLateness, Refusals } from "../api/types";
import type { Appearance } from "../app/preferences";
import { chartColours, lineColour } from "../chart/palette";
import { day, hourAndMinute, instant } from "../format/time";
import type { PlotOption } from "../plot/EChart";

const HOUR_MS = 3_600_000;
/** From what is soon to what is late, told apart by lightness, too. */
const LATE_COLOURS: Readonly<Record<Appearance, readonly string[]>> = {
  light: ["#9cc3e6", "#5d9bd0", "#e8b04a", "#d97b1e", "#bc4a1c", "#8d1220"],
  dark: ["#2f5c86", "#5fa3dd", "#d9a53f", "#e08a35", "#e2673d", "#ff7b80"],
};

/** Every hour of the span, those without anything, too. */
export function hoursOf(from: string, to: string): number[] {
  const begin = Date.parse(from);
  return Array.from({ length: Math.max(0, Math.round((Date.parse(to) - begin) / HOUR_MS)) }, (_, i) => begin + i * HOUR_MS);
}

function frame(at: readonly number[], names: readonly string[], language: string, appearance: Appearance) {
  const { grid, text } = chartColours(appearance);
  const word = (ms: number): string => (at.length > 48 ? day(ms, language) : hourAndMinute(ms, language));
  return {
    grid: { left: 46, right: 12, top: 30, bottom: 22 },
    legend: { type: "scroll", data: [...names], top: 0, left: 0, right: 0, itemWidth: 10, itemHeight: 10, textStyle: { color: text, fontSize: 11 } },
    tooltip: { trigger: "axis", confine: true, axisPointer: { type: "shadow" }, order: "seriesDesc" },
    xAxis: { type: "category", data: at.map((ms) => instant(ms, language)), axisLine: { lineStyle: { color: grid } }, axisTick: { show: false }, axisLabel: { color: text, fontSize: 11, hideOverlap: true, formatter: (_: string, i: number) => word(at[i] ?? 0) } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { color: text, fontSize: 11 }, splitLine: { lineStyle: { color: grid } } },
  };
}

export function latenessOption(found: FleetLateness, names: readonly string[], language: string, appearance: Appearance): PlotOption {
  const at = hoursOf(found.from_at, found.to_at);
  const byHour = new Map(found.hours.map((hour) => [Date.parse(hour.at), hour.counts]));
  return {
    ...frame(at, names, language, appearance),
    series: names.map((name, i) => ({ type: "bar", name, stack: "minutes", barCategoryGap: "15%", itemStyle: { color: LATE_COLOURS[appearance][i] }, data: at.map((ms) => byHour.get(ms)?.[i] ?? 0) })),
  };
}

export function refusalsOption(found: Refusals, words: ReadonlyMap<string, string>, language: string, appearance: Appearance): PlotOption {
  const at = hoursOf(found.from_at, found.to_at);
  const counts = new Map(found.hours.map((hour) => [`${hour.reason} ${Date.parse(hour.at)}`, hour.refused]));
  const names = found.reasons.map(({ reason }) => words.get(reason) ?? reason);
  return {
    ...frame(at, names, language, appearance),
    series: found.reasons.map(({ reason }, i) => ({ type: "bar", name: names[i], stack: "refused", barCategoryGap: "15%", itemStyle: { color: lineColour(i, appearance) }, data: at.map((ms) => counts.get(`${reason} ${ms}`) ?? 0) })),
  };
}
