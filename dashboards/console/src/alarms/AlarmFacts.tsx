/** What an alarm stands on: the values that drove it, or a fault code's sender and numbers. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { signalsQuery } from "../api/queries";
import type { Alarm, SignalValue } from "../api/types";
import { usePreferences } from "../app/preferences";
import { quantity } from "../format/value";
import { signalName } from "./alarmName";
import { faultCode } from "./faultCode";

/** Whether there is anything to show. */
export function hasFacts(alarm: Alarm): boolean {
  return alarm.source_kind === "dtc" ? faultCode(alarm.source_key) !== null : alarm.values.length > 0;
}

export function AlarmFacts({ alarm }: { alarm: Alarm }) {
  if (alarm.source_kind === "dtc") return <FaultCodeFacts sourceKey={alarm.source_key} />;
  if (alarm.values.length > 0) return <Values values={alarm.values} />;
  return null;
}

/** Each value with its signal's name and its unit, in the order in which the rule names them. */
function Values({ values }: { values: readonly SignalValue[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  return (
    <span className="alarm-facts" data-testid="alarm-values" title={t("alarms.valuesHelp")}>
      {values.map(({ key, value, unit }) => (
        <span key={key} className="alarm-fact">
          {signalName(catalogue, key, language)} <b>{quantity(value, unit, language)}</b>
        </span>
      ))}
    </span>
  );
}

/** Who sent the code, and its numbers, which service manuals go by. */
function FaultCodeFacts({ sourceKey }: { sourceKey: string }) {
  const { t } = useTranslation();
  const code = faultCode(sourceKey);
  if (code === null) return null;
  return (
    <span className="alarm-facts" data-testid="alarm-code" title={t("alarms.codeHelp")}>
      {code.controller !== null && <span className="alarm-fact">{t(`controller.${code.controller}`, { address: code.address })}</span>}
      <span className="alarm-fact">
        <b>SPN {code.spn}</b>
      </span>
      <span className="alarm-fact">
        <b>FMI {code.fmi}</b>
      </span>
    </span>
  );
}
