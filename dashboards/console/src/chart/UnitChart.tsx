/** The signals of one unit on a uPlot canvas. The canvas is made once per layout; new readings only set its data. */
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { usePreferences } from "../app/preferences";
import { shownZone } from "../format/time";
import type { LimitLine, Marker, PeerBand, Shade } from "./marks";
import { chartOptions, type ChartLine } from "./options";
import { inShownUnit } from "./shownUnit";

export interface UnitChartProps {
  readonly unit: string;
  readonly at: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly markers: readonly Marker[];
  readonly limits: readonly LimitLine[];
  /** Of lines of this chart. */
  readonly bands?: readonly PeerBand[];
  readonly shade?: Shade | null;
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

const NONE: readonly PeerBand[] = [];

function columns(at: readonly number[], lines: readonly ChartLine[]): uPlot.AlignedData {
  const series = lines.flatMap((line) => (line.min && line.max ? [line.max, line.min, line.mean] : [line.mean]));
  return [at.map((ms) => ms / 1000), ...series] as uPlot.AlignedData;
}

export function UnitChart(props: UnitChartProps) {
  const { unit, at, markers, shade = null, width, height, first, last, from, to } = props;
  const { language, appearance, timeZone, units } = usePreferences();
  const given = { lines: props.lines, limits: props.limits, bands: props.bands ?? NONE };
  const { lines, limits, bands } = useMemo(() => inShownUnit(unit, given), [unit, units, given.lines, given.limits, given.bands]);
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ ...props, lines });
  const stretch = useRef({ from, to });
  const marks = useRef({ markers, limits, bands, shade });
  useEffect(() => {
    latest.current = { ...props, lines };
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
      bands: () => marks.current.bands,
      shade: () => marks.current.shade,
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
    marks.current = { markers, limits, bands, shade };
    stretch.current = { from, to };
    plot.current?.setData(columns(at, lines));
    plot.current?.redraw(false, true); // the labels of other markers may need more room
  }, [at, lines, from, to, markers, limits, bands, shade]);

  return <div ref={place} className="chart-unit" />;
}
