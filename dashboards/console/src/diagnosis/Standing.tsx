/** Where the alarm stands, what was done with it, its verdicts and hand-overs. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { AlarmHistory } from "../alarms/AlarmHistory";
import { AlarmPart } from "../alarms/AlarmPart";
import { AlarmStanding } from "../alarms/AlarmStanding";
import { AlarmVerdicts } from "../alarms/AlarmVerdicts";
import type { AlarmDetail } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { visitsQuery } from "./queries";
import { wordsIn } from "./words";

export function Standing({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  return (
    <Panel id="standing" title={t("diagnosis.standing")}>
      <div className="diagnosis-pad">
        <AlarmVerdicts alarm={alarm} />
        <HandOvers alarm={alarm} />
        <AlarmStanding alarm={alarm} />
        <AlarmHistory transitions={alarm.transitions} />
      </div>
    </Panel>
  );
}

function HandOvers({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const visits = useQuery(visitsQuery(alarm.id));
  if (visits.data === undefined || visits.data.length === 0) return null;
  return (
    <AlarmPart id="visits" title={t("diagnosis.visit.title")}>
      <ol className="alarm-entries">
        {visits.data.map((visit) => (
          <li key={visit.id}>
            <When at={visit.made_at} whole />
            <Link to={`/alarms/${alarm.id}?visit=${visit.id}`}>{t("diagnosis.visit.sheet")}</Link> <span className="quiet">{visit.made_by}</span>
            {visit.parts.length > 0 && <p>{visit.parts.map((part) => wordsIn(part.text, language)).join(t("diagnosis.comma"))}</p>}
            {visit.note !== null && <p>{visit.note}</p>}
          </li>
        ))}
      </ol>
    </AlarmPart>
  );
}
