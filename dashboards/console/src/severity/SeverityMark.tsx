/** A severity said by colour, by shape and by word, so that none of the three is needed to read it. */
import { useTranslation } from "react-i18next";
import type { Severity } from "./severity";
import "./severity.css";

const SHAPES: Readonly<Record<Severity, string>> = {
  critical: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
  high: "M8 1.2 15.4 14.6H.6z",
  medium: "M8 .6 15.4 8 8 15.4.6 8z",
  low: "M1.6 1.6h12.8v12.8H1.6z",
  info: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z",
};

/** The shape's outline in a 16 x 16 box, for the map's icons too. */
export function severityShape(severity: Severity): string {
  return SHAPES[severity];
}

export function SeverityShape({ severity, size = 12 }: { severity: Severity; size?: number }) {
  return (
    <svg className="sev-shape" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={SHAPES[severity]} fill="currentColor" />
    </svg>
  );
}

/** The filled badge: `quiet` draws it as an outline, for alarms somebody already took. */
export function SeverityMark({ severity, quiet = false }: { severity: Severity; quiet?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={`sev sev-${severity}${quiet ? " sev-quiet" : ""}`}>
      <SeverityShape severity={severity} />
      <span>{t(`severity.${severity}`)}</span>
    </span>
  );
}
