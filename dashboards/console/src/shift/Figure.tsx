import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

interface FigureProps {
  readonly name: string;
  readonly value: ReactNode;
  /** What it is held against, in words. */
  readonly limit?: string;
  /** Whether it keeps to its limit; left out where it has none. */
  readonly isKept?: boolean;
  readonly to?: string;
  readonly testId?: string;
}

/** A number with its name; beside its limit, said by sign and word and not by colour alone. */
export function Figure({ name, value, limit, isKept, to, testId }: FigureProps) {
  const { t } = useTranslation();
  return (
    <div className="shift-figure" data-kept={isKept} data-testid={testId}>
      <span className="shift-figure-name">{name}</span>
      <b>{to === undefined ? value : <Link to={to}>{value}</Link>}</b>
      {limit !== undefined && (
        <small className={isKept === false ? "shift-above" : "quiet"}>
          {isKept === undefined ? "" : isKept ? "✓ " : `▲ ${t("shift.load.above")} · `}
          {limit}
        </small>
      )}
    </div>
  );
}
