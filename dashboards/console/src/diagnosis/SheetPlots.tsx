/** The evidence's curves for paper: a small plot a signal, with the alarm's limits and the instant at which it held. */
import { useTranslation } from "react-i18next";
import type { Evidence } from "../api/types";
import { usePreferences } from "../app/preferences";
import { hourAndMinute } from "../format/time";
import { limitWords, quantity } from "../format/value";
import { ownBorders, plotOf, type Plot } from "./view";
import { wordsIn } from "./words";

const MOST = 6;
const SIZE = { width: 360, height: 90 };

export function SheetPlots({ evidence }: { evidence: Evidence }) {
  const plots = evidence.signals.filter((signal) => signal.role !== "context" && signal.at.length > 1).slice(0, MOST);
  const borders = evidence.thresholds === null ? [] : ownBorders(evidence.thresholds);
  return (
    <div className="sheet-plots">
      {plots.map((signal) => (
        <SheetPlot key={signal.key} evidence={evidence} signal={signal} limits={borders.filter((border) => border.key === signal.key)} />
      ))}
    </div>
  );
}

interface SheetPlotProps {
  readonly evidence: Evidence;
  readonly signal: Evidence["signals"][number];
  readonly limits: NonNullable<Evidence["thresholds"]>["borders"];
}

function SheetPlot({ evidence, signal, limits }: SheetPlotProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const span = { from: Date.parse(evidence.from_at), to: Date.parse(evidence.to_at) };
  const plot: Plot = plotOf(signal, limits.map((limit) => limit.value), span, Date.parse(evidence.finding.held_at), SIZE);
  const value = (one: number): string => quantity(one, signal.unit, language);
  return (
    <figure className="sheet-plot" data-plot={signal.key}>
      <figcaption>
        <b>{wordsIn(signal.text, language)}</b>{" "}
        <span className="figure">{t("diagnosis.visit.between", { low: value(plot.low), high: value(plot.high) })}</span>
        {limits.map((limit) => (
          <span key={`${limit.comparison} ${limit.value}`} className="sheet-limit">
            {t("alarm.limit")} {limit.comparison} {limitWords(limit.value, limit.unit, language)}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} preserveAspectRatio="none" aria-hidden="true">
        <rect width={SIZE.width} height={SIZE.height} className="sheet-plot-frame" />
        <path d={`M${plot.heldX} 0V${SIZE.height}`} className="sheet-plot-held" />
        {plot.limitYs.map((y) => (
          <path key={y} d={`M0 ${y}H${SIZE.width}`} className="sheet-plot-limit" />
        ))}
        <path d={plot.line} className="sheet-plot-line" />
      </svg>
      <div className="sheet-plot-axis figure">
        <span>{hourAndMinute(span.from, language)}</span>
        <span>{t("diagnosis.visit.held", { time: hourAndMinute(Date.parse(evidence.finding.held_at), language) })}</span>
        <span>{hourAndMinute(span.to, language)}</span>
      </div>
    </figure>
  );
}
