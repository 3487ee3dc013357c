/** What people found out when they looked. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { verdictsQuery } from "../api/queries";
import type { Alarm } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { usePreferences } from "../app/preferences";
import { instant } from "../format/time";
import { When } from "../machines/When";
import { AlarmPart } from "./AlarmPart";
import { partWords } from "./partWords";
import { CodeWord } from "./CodeWord";

export function AlarmVerdicts({ alarm }: { alarm: Pick<Alarm, "id" | "finding_id"> }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const verdicts = useQuery(verdictsQuery(alarm));
  return (
    <AlarmPart id="verdicts" title={t("alarm.verdicts")}>
      {verdicts.data !== undefined ? (
        verdicts.data.length === 0 ? (
          <p className="quiet">{t("alarm.noVerdict")}</p>
        ) : (
          <ol className="alarm-entries">
            {verdicts.data.map((verdict) => (
              <li key={verdict.id}>
                <When at={verdict.given_at} whole />
                <b>
                  <CodeWord list="finding_verdicts" code={verdict.verdict} />
                </b>{" "}
                <span className="quiet">{verdict.given_by}</span>
                {verdict.solved != null && (
                  <p>
                    <CodeWord list="finding_solutions" code={verdict.solved} />
                  </p>
                )}
                {verdict.part !== null && <p>{t("alarm.part", { part: partWords(verdict, language, t) })}</p>}
                {verdict.failed_at !== null && <p><When at={verdict.failed_at}>{t("alarm.failed", { time: instant(Date.parse(verdict.failed_at), language) })}</When></p>}
                {verdict.note !== null && <p>{verdict.note}</p>}
              </li>
            ))}
          </ol>
        )
      ) : verdicts.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 1 }} />
      ) : (
        <ErrorNotice error={verdicts.error} retry={() => void verdicts.refetch()} />
      )}
    </AlarmPart>
  );
}
