/** Open alarms by severity; each count narrows the page's list to it, or leads to the list of such alarms. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { sessionQuery } from "../api/queries";
import { SeverityShape } from "../severity/SeverityMark";
import { SEVERITIES, type Severity } from "../severity/severity";
import { useSeverityFilter } from "../severity/useSeverityFilter";
import { alarmsPath, NARROWED } from "./pages";

export function SeverityCounts({ counts }: { counts: Readonly<Record<Severity, number>> | null }) {
  const { t } = useTranslation();
  const { chosen, toggle } = useSeverityFilter();
  const { data: me } = useQuery(sessionQuery);
  const here = NARROWED.includes(useLocation().pathname);
  const go = useNavigate();
  return (
    <div className="counts" role="group" aria-label={t("header.counts")}>
      {SEVERITIES.map((severity) => {
        const count = counts?.[severity] ?? 0;
        const pressed = here && chosen.has(severity);
        const word = t(`severity.${severity}`);
        return (
          <button
            key={severity}
            type="button"
            className={`count ${count > 0 ? `sev-${severity}` : "count-none"}${pressed ? " count-pressed" : ""}`}
            aria-pressed={here ? pressed : undefined}
            title={here ? t("header.countHelp", { severity: word }) : t("header.countOpen", { severity: word })}
            onClick={() => (here || !me ? toggle(severity) : void go(alarmsPath(me.role, [severity])))}
            data-testid={`count-${severity}`}
          >
            <SeverityShape severity={severity} size={11} />
            <span className="count-word">{word}</span>
            <b>{counts === null ? "–" : count}</b>
          </button>
        );
      })}
    </div>
  );
}
