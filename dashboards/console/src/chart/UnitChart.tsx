/** The signals of one unit on a uPlot canvas. The canvas is made once per layout; new readings only set its data. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { usePreferences } from "../app/preferences";
import { shownZone } from "../format/time";
import type { LimitLine, Marker } from "./marks";
import { chartOptions, type ChartLine } from "./options";

export interface UnitChartProps {
  readonly unit: string;
  readonly at: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly markers: readonly Marker[];
  readonly limits: readonly LimitLine[];
  readonly width: number;
  readonly height: number;
  /** Carries the alarms' names. */
  readonly first: boolean;
  /** Carries the time axis. */
  readonly last: boolean;
  readonly from: number;
  readonly to: number;
  readonly onZoom: (from: number, to: number) => void;
  readonly onPoint: (index: number | null) => void;
}

function columns(at: readonly number[], lines: readonly ChartLine[]): uPlot.AlignedData {
  const series = lines.flatMap((line) => (line.min && line.max ? [line.max, line.min, line.mean] : [line.mean]));
  return [at.map((ms) => ms / 1000), ...series] as uPlot.AlignedData;
}

export function UnitChart(props: UnitChartProps) {
  const { unit, at, lines, markers, limits, width, height, first, last, from, to } = props;
  const { language, appearance, timeZone } = usePreferences();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  const stretch = useRef({ from, to });
  const marks = useRef({ markers, limits });
  useEffect(() => {
    latest.current = props;
  });
  const shape = lines.map((line) => `${line.key}${line.min ? "±" : ""}`).join();

  useEffect(() => {
    if (place.current === null) return;
    const options = chartOptions({
      unit,
      lines: latest.current.lines,
      width: latest.current.width,
      height: latest.current.height,
      first,
      last,
      language,
      appearance,
      markers: () => marks.current.markers,
      limits: () => marks.current.limits,
      stretch: () => stretch.current,
      tzDate: (second) => uPlot.tzDate(new Date(second * 1000), shownZone()),
      onZoom: (zoomFrom, zoomTo) => latest.current.onZoom(zoomFrom, zoomTo),
      onPoint: (index) => latest.current.onPoint(index),
    });
    const made = new uPlot(options, columns(latest.current.at, latest.current.lines), place.current);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [unit, shape, first, last, language, appearance, timeZone]);

  useEffect(() => plot.current?.setSize({ width, height }), [width, height, shape, first, last, language, appearance, timeZone]);
  useEffect(() => {
    marks.current = { markers, limits };
    stretch.current = { from, to };
    plot.current?.setData(columns(at, lines));
  }, [at, lines, from, to, markers, limits]);

  return <div ref={place} className="chart-unit" />;
}
