/** uPlot's options for one unit's panel. */
import type uPlot from "uplot";
import type { Appearance } from "../app/preferences";
import { clock, day, hourAndMinute } from "../format/time";
import { bandRange, drawBehind, drawMarks, labelRoom, type LimitLine, type Marker, type PeerBand, type Shade } from "./marks";
import { chartColours } from "./palette";
import { aloneIn } from "./series";

export interface ChartLine {
  readonly key: string;
  readonly colour: string;
  readonly mean: readonly (number | null | undefined)[];
  readonly min: readonly (number | null | undefined)[] | null;
  readonly max: readonly (number | null | undefined)[] | null;
}

export interface OptionChoices {
  readonly unit: string;
  readonly lines: readonly ChartLine[];
  readonly width: number;
  readonly height: number;
  /** Carries the alarms' names. */
  readonly first: boolean;
  /** Carries the time axis. */
  readonly last: boolean;
  readonly language: string;
  readonly appearance: Appearance;
  readonly markers: () => readonly Marker[];
  readonly limits: () => readonly LimitLine[];
  readonly bands: () => readonly PeerBand[];
  readonly shade: () => Shade | null;
  readonly stretch: () => { from: number; to: number };
  /** A moment (seconds) as a Date whose parts are those of the shown zone, so that ticks fall on its full hours. */
  readonly tzDate: (second: number) => Date;
  readonly onZoom: (from: number, to: number) => void;
  readonly onPoint: (index: number | null) => void;
}

const VALUE_AXIS_PX = 58;
const LEAST_DRAG_PX = 6;
const SYNC = "machine";
const TICK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000];

/** Tick words: seconds for short spans, minutes for a day, the date beyond; a new day is named under its first tick. */
function tickWords(language: string): (u: uPlot, splits: number[], axis: number, space: number, step: number) => string[] {
  return (_u, splits, _axis, _space, step) =>
    splits.map((second) => {
      const at = second * 1000;
      if (step >= 86_400) return day(at, language);
      if (step < 60) return clock(at, language);
      const words = hourAndMinute(at, language);
      return words === "00:00" ? day(at, language) : words;
    });
}

function lineSeries(lines: readonly ChartLine[]): { series: uPlot.Series[]; bands: uPlot.Band[] } {
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const { colour, min, max } of lines) {
    if (min && max) {
      const edge: uPlot.Series = { stroke: `${colour}66`, width: 0.5, points: { show: false } };
      series.push(edge, edge);
      bands.push({ series: [series.length - 2, series.length - 1], fill: `${colour}30` });
    }
    const lone = (u: uPlot, at: number): number[] => aloneIn(u.data[at] as readonly (number | null | undefined)[]);
    series.push({ stroke: colour, width: 1.6, points: { show: false, filter: lone, size: 4, fill: colour }, spanGaps: false });
  }
  return { series, bands };
}

export function chartOptions(choices: OptionChoices): uPlot.Options {
  const { language, appearance, last, unit } = choices;
  const { grid, text, font } = chartColours(appearance);
  const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } };
  const { series, bands } = lineSeries(choices.lines);
  return {
    width: choices.width,
    height: choices.height,
    legend: { show: false },
    tzDate: choices.tzDate,
    padding: [(u) => (choices.first ? labelRoom(u, choices.markers(), appearance) : 8), 28, last ? 0 : 4, 0],
    series,
    bands,
    scales: {
      x: { time: true, auto: false, range: () => [choices.stretch().from / 1000, choices.stretch().to / 1000] },
      y: { range: (_u, low, high) => valueRange(unit, ...including(low, high, [...choices.limits(), ...bandEnds(choices)])) },
    },
    axes: [
      { ...axis, values: last ? tickWords(language) : (_u, splits) => splits.map(() => ""), size: last ? 28 : 6, space: 72, incrs: TICK_STEPS },
      { ...axis, size: VALUE_AXIS_PX, space: 20, label: unit, labelSize: 14, labelGap: 0, labelFont: font },
    ],
    cursor: {
      sync: { key: SYNC, setSeries: false },
      drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG_PX },
      points: { size: 6 },
    },
    hooks: {
      drawClear: [(u) => drawBehind(u, choices.bands(), (key) => choices.lines.find((line) => line.key === key)?.colour ?? text, choices.shade())],
      draw: [(u) => drawMarks(u, { markers: choices.markers(), limits: choices.limits(), labelled: choices.first, appearance })],
      setCursor: [(u) => choices.onPoint(u.cursor.left === undefined || u.cursor.left < 0 ? null : (u.cursor.idx ?? null))],
      setSelect: [
        (u) => {
          if (u.select.width < LEAST_DRAG_PX) return;
          const from = u.posToVal(u.select.left, "x") * 1000;
          const to = u.posToVal(u.select.left + u.select.width, "x") * 1000;
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          choices.onZoom(from, to);
        },
      ],
    },
  };
}

/** The ends of the bands that are in sight, so that the value axis holds them. */
function bandEnds(choices: OptionChoices): { value: number }[] {
  const { from, to } = choices.stretch();
  return (bandRange(choices.bands(), from, to) ?? []).map((value) => ({ value }));
}

/** The shortest value axis by unit: below it, noise would look like an event. */
const LEAST_RANGE: Readonly<Record<string, number>> = { rpm: 200, kPa: 50, "°C": 10, "%": 10, V: 2, A: 10, "km/h": 5, "L/h": 5, psi: 7, "°F": 18, mph: 3, "gal/h": 1.5 };

/** The data's range, widened so that the limits are in sight; null where there are neither. */
export function including(low: number | null, high: number | null, limits: readonly Pick<LimitLine, "value">[]): [number | null, number | null] {
  const values = [low, high, ...limits.map((limit) => limit.value)].filter((value) => value !== null);
  return values.length === 0 ? [null, null] : [Math.min(...values), Math.max(...values)];
}

/** The value axis: the data with a little air, but not shorter than the unit's least or 4 % of the value. */
export function valueRange(unit: string, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const middle = (low + high) / 2;
  const least = Math.max(LEAST_RANGE[unit] ?? 1, Math.abs(middle) * 0.04);
  const half = Math.max((high - low) / 2, least / 2) * 1.12;
  const bottom = low >= 0 ? Math.max(0, middle - half) : middle - half;
  return [bottom, bottom + 2 * half];
}
