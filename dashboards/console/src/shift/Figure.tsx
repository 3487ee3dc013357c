import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePreferences } from "../app/preferences";

interface FigureProps {
  readonly name: string;
  readonly value: ReactNode;
  /** What it is held against, in words. */
  readonly limit?: string;
  /** Whether it keeps to its limit; left out where it has none. */
  readonly isKept?: boolean;
  /** What a limit that is not kept is called; "above" when left out. */
  readonly missed?: string;
  /** What the number means. */
  readonly help?: string;
  readonly to?: string;
  readonly testId?: string;
}

/** A number with its name; beside its limit, said by sign and word and not by colour alone. */
export function Figure({ name, value, limit, isKept, missed, help, to, testId }: FigureProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const shown = typeof value === "number" ? value.toLocaleString(language) : value;
  return (
    <div className="shift-figure" data-kept={isKept} data-testid={testId}>
      <span className="shift-figure-name">
        {name}
        {help !== undefined && (
          <Tooltip title={help} trigger={["hover", "focus", "click"]}>
            <button type="button" className="shift-figure-help" aria-label={t("shift.meaning", { name })}>
              ?
            </button>
          </Tooltip>
        )}
      </span>
      <b>{to === undefined ? shown : <Link to={to}>{shown}</Link>}</b>
      {limit !== undefined && (
        <small className={isKept === false ? "shift-above" : "quiet"}>
          {isKept === undefined ? "" : isKept ? "✓ " : `${missed === undefined ? `▲ ${t("shift.load.above")}` : `▼ ${missed}`} · `}
          {limit}
        </small>
      )}
    </div>
  );
}
