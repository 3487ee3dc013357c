/** How many machines are in each state, and how many open alarms of each severity they have: each count narrows the map. */
import { memo, useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Alarm } from "../api/types";
import { StateMark } from "../machines/StateMark";
import { SHOWN_STATES, type ShownState } from "../machines/words";
import { SeverityShape } from "../severity/SeverityMark";
import { countBySeverity, SEVERITIES, type Severity } from "../severity/severity";
import { useSeverityFilter } from "../severity/useSeverityFilter";
import { countByState } from "./narrowed";
import { machinesPath } from "./paths";
import type { PartOfFleet } from "./usePart";

export function Counts({ part, alarms }: { part: PartOfFleet; alarms: readonly Alarm[] | undefined }) {
  const { t } = useTranslation();
  const { chosen, toggle } = useSeverityFilter();
  const states = useMemo(() => part.machines && countByState(part.machines), [part.machines]);
  const severities = useMemo(() => alarms && countBySeverity(alarms), [alarms]);
  const total = part.machines?.length;
  return (
    <section className="panel overview-counts" aria-label={t("overview.counts")}>
      <div className="overview-total">
        <b className="figure" data-testid="overview-total">
          {total ?? "–"}
        </b>
        <Link to={machinesPath(part)}>{t("overview.machines", { count: total ?? 0 })}</Link>
      </div>
      <div className="overview-group" role="group" aria-label={t("overview.byState")}>
        {SHOWN_STATES.map((state) => (
          <StateCount key={state} state={state} count={states?.[state]} pressed={part.states.has(state)} toggle={part.toggleState} />
        ))}
      </div>
      <div className="overview-group" role="group" aria-label={t("overview.bySeverity")}>
        {SEVERITIES.map((severity) => (
          <SeverityCount key={severity} severity={severity} count={severities?.[severity]} pressed={chosen.has(severity)} toggle={toggle} />
        ))}
      </div>
    </section>
  );
}

interface CountProps {
  readonly count: number | undefined;
  readonly pressed: boolean;
}

const StateCount = memo(function StateCount({ state, toggle, ...shown }: CountProps & { state: ShownState; toggle: (state: ShownState) => void }) {
  const { t } = useTranslation();
  return (
    <Count name={t(`state.${state}`)} testId={`state-${state}`} onClick={() => toggle(state)} {...shown}>
      <StateMark state={state} />
    </Count>
  );
});

const SeverityCount = memo(function SeverityCount({ severity, toggle, ...shown }: CountProps & { severity: Severity; toggle: (severity: Severity) => void }) {
  const { t } = useTranslation();
  return (
    <Count name={t(`severity.${severity}`)} testId={`severity-${severity}`} onClick={() => toggle(severity)} {...shown}>
      <span className={`overview-severity sev-ink-${severity}`}>
        <SeverityShape severity={severity} size={10} />
        {t(`severity.${severity}`)}
      </span>
    </Count>
  );
});

function Count({ name, testId, count, pressed, onClick, children }: CountProps & { name: string; testId: string; onClick: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <button type="button" className="overview-count" aria-pressed={pressed} title={t("overview.narrow", { what: name })} onClick={onClick} data-testid={testId}>
      <b className="figure">{count ?? "–"}</b>
      {children}
    </button>
  );
}
