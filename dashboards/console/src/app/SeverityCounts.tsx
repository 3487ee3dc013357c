/** Open alarms by severity; each count is a switch that narrows the alarm list to it. */
import { useTranslation } from "react-i18next";
import { SeverityShape } from "../severity/SeverityMark";
import { SEVERITIES, type Severity } from "../severity/severity";
import { useSeverityFilter } from "../severity/useSeverityFilter";

export function SeverityCounts({ counts }: { counts: Readonly<Record<Severity, number>> | null }) {
  const { t } = useTranslation();
  const { chosen, toggle } = useSeverityFilter();
  return (
    <div className="counts" role="group" aria-label={t("header.counts")}>
      {SEVERITIES.map((severity) => {
        const count = counts?.[severity] ?? 0;
        const pressed = chosen.has(severity);
        return (
          <button
            key={severity}
            type="button"
            className={`count ${count > 0 ? `sev-${severity}` : "count-none"}${pressed ? " count-pressed" : ""}`}
            aria-pressed={pressed}
            title={t("header.countHelp", { severity: t(`severity.${severity}`) })}
            onClick={() => toggle(severity)}
            data-testid={`count-${severity}`}
          >
            <SeverityShape severity={severity} size={11} />
            <span className="count-word">{t(`severity.${severity}`)}</span>
            <b>{counts === null ? "–" : count}</b>
          </button>
        );
      })}
    </div>
  );
}
