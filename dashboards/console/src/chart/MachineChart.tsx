/** One machine's signals: a panel per unit over one common time axis, with envelope, cursor and zoom. */
import { Button } from "antd";
import { useContext, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Alarm, SignalEntry } from "../api/types";
import { LineContext } from "../app/lineContext";
import { usePreferences } from "../app/preferences";
import { useNow } from "../app/useNow";
import { useSize } from "../app/useSize";
import { clockOrDay, instant } from "../format/time";
import { quantity, unitOfKey, unitWord } from "../format/value";
import { useMachineClock } from "../machines/When";
import { lineColour } from "./palette";
import { breakAfterMs, breakAfterOf, panelsOf, withBreaks, withSilences, type ChartReadings } from "./series";
import { stretchOf, type ChartSpan } from "./span";
import { markersAt, type LimitLine, type Marker, type PeerBand, type Shade } from "./marks";
import { UnitChart } from "./UnitChart";
import { useMarks } from "./useMarks";

interface MachineChartProps {
  readonly readings: ChartReadings;
  readonly keys: readonly string[];
  readonly catalogue: ReadonlyMap<string, SignalEntry>;
  readonly alarms: readonly Alarm[];
  readonly span: ChartSpan;
  /** The readings belong to the span before; the new ones are on their way. */
  readonly outdated: boolean;
  /** The control that chooses the signals; stands beside their names. */
  readonly choice: ReactNode;
  readonly onZoom: (span: ChartSpan) => void;
  /** Limits instead of those of the alarms' rules. */
  readonly ownLimits?: readonly LimitLine[] | undefined;
  readonly bands?: readonly PeerBand[];
  readonly shade?: Shade | null;
  /** Where the button under the chart and a double click lead; without it, to the live end. */
  readonly home?: { readonly span: ChartSpan; readonly words: string };
}

const LEAST_PANEL_PX = 84;
const AXIS_PX = 24;
const REACH_PX = 5;
const NO_BANDS: readonly PeerBand[] = [];
const LIVE: ChartSpan = { kind: "follow", seconds: 300 };

export function MachineChart({ readings, keys, catalogue, alarms, span, outdated, choice, onZoom, ownLimits, bands = NO_BANDS, shade = null, home }: MachineChartProps) {
  const { t } = useTranslation();
  const { language, appearance } = usePreferences();
  const [frame, size] = useSize<HTMLDivElement>();
  const [pointed, setPointed] = useState<number | null>(null);
  const now = useNow();
  const stretch = stretchOf(span, now);

  const spread = useMemo(() => withSilences(readings, breakAfterMs(readings)), [readings]);
  const lines = useMemo(() => {
    return keys.map((key, i) => {
      const series = spread.signals[key];
      const breakAfter = breakAfterOf(readings, readings.signals[key]?.mean ?? []);
      const line = (values: readonly (number | null)[] | null | undefined) => (values == null ? null : withBreaks(spread.at, values, breakAfter));
      return { key, colour: lineColour(i, appearance), mean: line(series?.mean) ?? spread.at.map(() => undefined), min: line(series?.min), max: line(series?.max) };
    });
  }, [spread, readings, keys.join(), appearance]); // eslint-disable-line -- keys by value
  const unitOf = (key: string): string => catalogue.get(key)?.unit ?? readings.signals[key]?.unit ?? unitOfKey(key);
  const nameOf = (key: string): string => {
    const signal = catalogue.get(key);
    return signal === undefined ? key : language === "zh-CN" ? signal.zh : signal.en;
  };
  const panels = panelsOf(keys, unitOf);
  const { markers, limits: ruleLimits } = useMarks(alarms);
  const limits = ownLimits ?? ruleLimits;
  const perPanel = useMemo(
    () => panels.map(({ keys: own }) => ({ lines: of(lines, own), limits: of(limits, own), bands: of(bands, own) })),
    [panels.map((panel) => panel.keys.join()).join("|"), lines, limits, bands], // eslint-disable-line -- panels by value
  );
  const height = Math.max(LEAST_PANEL_PX, Math.floor((size.height - AXIS_PX) / panels.length));
  const empty = readings.at.length === 0;
  const under = pointed === null ? [] : markersAt(markers, spread.at, pointed, (REACH_PX * (stretch.to - stretch.from)) / Math.max(1, size.width));
  const isTall = size.height > 0 && size.height < LEAST_PANEL_PX * panels.length + AXIS_PX;

  return (
    <>
      <div className="chart-head">
      <ul className="chart-legend" data-testid="chart-legend">
        {lines.map((line) => {
          const value = valueAt(spread.at, line.mean, pointed);
          return (
            <li key={line.key}>
              <i style={{ background: line.colour }} aria-hidden="true" />
              <span className="chart-name">{nameOf(line.key)}</span>
              <b className="figure">{quantity(value, unitOf(line.key), language)}</b>
            </li>
          );
        })}
      </ul>
      {choice}
      </div>
      <div
        ref={frame}
        className={`chart-panels${isTall ? " chart-panels-tall" : ""}${outdated ? " chart-outdated" : ""}`}
        role="img"
        tabIndex={isTall ? 0 : undefined}
        aria-label={[
          t("chart.label", { signals: keys.map(nameOf).join(", "), from: instant(stretch.from, language), to: instant(stretch.to, language) }),
          ...markers.map((marker) => marker.label),
          ...limits.map((limit) => limit.label),
        ].join("; ")}
        onDoubleClick={() => span.kind === "fixed" && onZoom(home?.span ?? LIVE)}
      >
        {size.width > 0 &&
          panels.map((panel, i) => (
            <UnitChart
              key={panel.unit}
              unit={unitWord(panel.unit)}
              at={spread.at}
              lines={perPanel[i]?.lines ?? []}
              markers={markers}
              limits={perPanel[i]?.limits ?? []}
              bands={perPanel[i]?.bands ?? NO_BANDS}
              shade={shade}
              first={i === 0}
              width={size.width}
              height={height + (i === panels.length - 1 ? AXIS_PX : 0)}
              last={i === panels.length - 1}
              from={stretch.from}
              to={stretch.to}
              onZoom={(from, to) => onZoom({ kind: "fixed", from, to })}
              onPoint={setPointed}
            />
          ))}
        {empty && !outdated && (
          <div className="chart-empty" role="status">
            {t("chart.empty")}
          </div>
        )}
      </div>
      <ChartFoot readings={readings} pointed={pointed === null ? null : (spread.at[pointed] ?? null)} under={under} span={span} home={home} onZoom={onZoom} />
    </>
  );
}

function of<T extends { readonly key: string }>(all: readonly T[], keys: readonly string[]): T[] {
  return all.filter((one) => keys.includes(one.key));
}

/** The line's value at the pointed instant or, without one, its newest; a pointed gap takes the value just before. */
function valueAt(at: readonly number[], values: readonly (number | null | undefined)[], pointed: number | null): number | null {
  const end = pointed ?? at.length - 1;
  for (let i = Math.min(end, values.length - 1); i >= 0 && at[end]! - at[i]! < 15_000; i--) {
    const value = values[i];
    if (value === null) return null;
    if (value !== undefined) return value;
  }
  return null;
}

interface FootProps {
  readonly readings: ChartReadings;
  readonly pointed: number | null;
  /** The alarms that began there: there is not always room above the chart for the names of all. */
  readonly under: readonly Marker[];
  readonly span: ChartSpan;
  readonly home: MachineChartProps["home"];
  readonly onZoom: (span: ChartSpan) => void;
}

/** What one looks at: the resolution by name, the pointed instant, and the way back to live. */
function ChartFoot({ readings, pointed, under, span, home, onZoom }: FootProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const line = useContext(LineContext);
  const there = useMachineClock(pointed);
  const resolution =
    readings.bucketS === null
      ? t("chart.resolution.raw")
      : t("chart.resolution.buckets", { width: bucketWords(readings.bucketS, language), source: t(`chart.source.${readings.resolution}`) });
  return (
    <div className="chart-foot">
      <span data-testid="chart-resolution" title={readings.bucketS === null ? "" : t("chart.envelope")}>
        {resolution}
        {readings.pending && ` · ${t("chart.pending")}`}
      </span>
      <span className="chart-pointed">{pointed === null ? (isAt(span, home?.span) ? "" : t("chart.hint")) : [instant(pointed, language), there, ...namesOf(under)].filter(Boolean).join(" · ")}</span>
      {isAt(span, home?.span) ? (
        <span className="chart-following">{t("chart.hint")}</span>
      ) : span.kind === "fixed" ? (
        <Button size="small" type="primary" onClick={() => onZoom(home?.span ?? LIVE)} data-testid="chart-live">
          {home?.words ?? t("chart.toLive")}
        </Button>
      ) : line.phase === "stale" ? (
        <span className="chart-stale">{t("line.stale", { since: clockOrDay(line.since, Date.now(), language) })}</span>
      ) : (
        <span className="chart-following">{t("chart.following")}</span>
      )}
    </div>
  );
}

/** The first two, and how many more. */
function namesOf(markers: readonly Marker[]): readonly string[] {
  const names = markers.map((marker) => marker.label);
  return names.length <= 2 ? names : [...names.slice(0, 2), `+${names.length - 2}`];
}

function isAt(span: ChartSpan, home: ChartSpan | undefined): boolean {
  return span.kind === "fixed" && home?.kind === "fixed" && Math.round(span.from) === Math.round(home.from) && Math.round(span.to) === Math.round(home.to);
}

function bucketWords(seconds: number, language: string): string {
  const [unit, size] = seconds % 3600 === 0 ? ["hour", 3600] : seconds % 60 === 0 ? ["minute", 60] : ["second", 1];
  return new Intl.NumberFormat(language, { style: "unit", unit: unit as string, unitDisplay: "short", maximumFractionDigits: 1 }).format(
    seconds / (size as number),
  );
}
