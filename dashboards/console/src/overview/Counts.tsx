/** How many machines are in each state, and how many open alarms of each severity they have: each count narrows the map. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Alarm } from "../api/types";
import { StateMark } from "../machines/StateMark";
import { SHOWN_STATES } from "../machines/words";
import { SeverityShape } from "../severity/SeverityMark";
import { countBySeverity, SEVERITIES } from "../severity/severity";
import { useSeverityFilter } from "../severity/useSeverityFilter";
import { countByState } from "./narrowed";
import type { PartOfFleet } from "./usePart";

export function Counts({ part, alarms }: { part: PartOfFleet; alarms: readonly Alarm[] | undefined }) {
  const { t } = useTranslation();
  const { toggle } = useSeverityFilter();
  const states = useMemo(() => part.machines && countByState(part.machines), [part.machines]);
  const severities = useMemo(() => alarms && countBySeverity(alarms), [alarms]);
  const total = part.machines?.length;
  return (
    <section className="panel overview-counts" aria-label={t("overview.counts")}>
      <div className="overview-total">
        <b className="figure" data-testid="overview-total">
          {total ?? "–"}
        </b>
        <Link to="/machines">{t("overview.machines", { count: total ?? 0 })}</Link>
      </div>
      <div className="overview-group" role="group" aria-label={t("overview.byState")}>
        {SHOWN_STATES.map((state) => (
          <button
            key={state}
            type="button"
            className="overview-count"
            aria-pressed={part.states.has(state)}
            title={t("overview.narrow", { what: t(`state.${state}`) })}
            onClick={() => part.toggleState(state)}
            data-testid={`state-${state}`}
          >
            <b className="figure">{states?.[state] ?? "–"}</b>
            <StateMark state={state} />
          </button>
        ))}
      </div>
      <div className="overview-group" role="group" aria-label={t("overview.bySeverity")}>
        {SEVERITIES.map((severity) => (
          <button
            key={severity}
            type="button"
            className="overview-count"
            aria-pressed={part.severities.has(severity)}
            title={t("overview.narrow", { what: t(`severity.${severity}`) })}
            onClick={() => toggle(severity)}
            data-testid={`severity-${severity}`}
          >
            <b className="figure">{severities?.[severity] ?? "–"}</b>
            <span className={`overview-severity sev-ink-${severity}`}>
              <SeverityShape severity={severity} size={10} />
              {t(`severity.${severity}`)}
            </span>
          </button>
        ))}
      </div>
    </section>
  );
}
