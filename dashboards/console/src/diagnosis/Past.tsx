/** Past cases of the same source: how alike they were, and what they turned out to be. */
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CodeWord } from "../alarms/CodeWord";
import { partWords } from "../alarms/partWords";
import type { Evidence, SimilarCase } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import type { Made } from "./made";

export function Past({ evidence: { data: evidence, isComing, isFailed } }: { evidence: Made<Evidence> }) {
  const { t } = useTranslation();
  return (
    <Panel id="past" title={t("diagnosis.past.title")}>
      <div className="diagnosis-pad">
        {evidence !== undefined ? (
          <Cases cases={evidence.similar} />
        ) : isComing ? (
          <Skeleton active title={false} paragraph={{ rows: 2 }} />
        ) : (
          <p className="quiet">{isFailed ? t("diagnosis.notMade") : t("problem.notLoaded")}</p>
        )}
      </div>
    </Panel>
  );
}

export function Cases({ cases }: { cases: readonly SimilarCase[] }) {
  const { t } = useTranslation();
  if (cases.length === 0) return <p className="quiet">{t("diagnosis.past.none")}</p>;
  return (
    <ol className="alarm-entries">
      {cases.map((one) => (
        <Case key={one.finding_id} past={one} />
      ))}
    </ol>
  );
}

function Case({ past }: { past: SimilarCase }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <li>
      <Time at={past.held_at} machine={past.machine.id} whole />
      {past.alarm_id === null ? past.machine.name : <Link to={`/alarms/${past.alarm_id}`}>{past.machine.name}</Link>}{" "}
      <span className="quiet">{past.same_machine ? t("diagnosis.past.sameMachine") : past.same_model ? t("diagnosis.past.sameModel") : ""}</span>
      <p>
        <b>{past.verdict === null ? t("diagnosis.past.noVerdict") : <CodeWord list="finding_verdicts" code={past.verdict} />}</b>
        {past.part !== null && ` · ${partWords(past, language, t)}`}
        {past.distance !== null && <span className="quiet"> · {t("diagnosis.past.distance", { distance: past.distance.toLocaleString(language, { maximumFractionDigits: 1 }) })}</span>}
      </p>
      {past.note !== null && <p className="quiet">{past.note}</p>}
    </li>
  );
}
