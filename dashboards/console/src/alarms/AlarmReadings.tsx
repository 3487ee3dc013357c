/** What an alarm stands on: the values that drove it beside the limits they passed, or its fault codes. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { signalsQuery } from "../api/queries";
import type { AlarmDetail } from "../api/types";
import { usePreferences } from "../app/preferences";
import { limitWords } from "../format/value";
import { When } from "../machines/When";
import { AlarmFacts } from "./AlarmFacts";
import { AlarmPart } from "./AlarmPart";
import { signalName } from "./alarmName";

export function AlarmReadings({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  const isEmpty = alarm.source_kind !== "dtc" && alarm.values.length === 0;
  if (isEmpty && alarm.codes.length > 0) return <Codes alarm={alarm} />;
  return (
    <>
      <AlarmPart id="readings" title={t("alarm.values")}>
        {isEmpty ? <p className="quiet">{t("alarm.noValues")}</p> : <AlarmFacts alarm={alarm} />}
        {alarm.limits.map((limit) => (
          <p key={`${limit.key} ${limit.comparison} ${limit.value}`} data-testid="alarm-limit">
            <span className="quiet">{t("alarm.limit")}</span> {signalName(catalogue, limit.key, language)} {limit.comparison} {limitWords(limit.value, limit.unit, language)}
          </p>
        ))}
      </AlarmPart>
      {alarm.codes.length > 0 && <Codes alarm={alarm} />}
    </>
  );
}

function Codes({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <AlarmPart id="codes" title={t("alarm.codes")}>
      <ol className="alarm-entries">
        {alarm.codes.map((code) => (
          <li key={`${code.source_address} ${code.spn} ${code.fmi} ${code.from_at}`}>
            <b>
              SPN {code.spn} FMI {code.fmi}
            </b>{" "}
            {language === "zh-CN" ? code.text.zh : code.text.en} <span className="quiet"><When at={code.from_at} whole /></span>
          </li>
        ))}
      </ol>
    </AlarmPart>
  );
}
