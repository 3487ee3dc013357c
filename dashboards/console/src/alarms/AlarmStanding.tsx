/** Where an alarm stands with the machine and with people. */
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { AlarmDetail } from "../api/types";
import { usePreferences } from "../app/preferences";
import { instant } from "../format/time";
import { When } from "../machines/When";
import { AlarmPart } from "./AlarmPart";
import { CodeWord } from "./CodeWord";
import { Until } from "./Until";
import { useOpenAlarm } from "./useOpenAlarm";

export function AlarmStanding({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { openById } = useOpenAlarm();
  const { hold, silence, inhibited_by: root } = alarm;
  const time = (at: string) => <When at={at} whole />;
  return (
    <AlarmPart id="stands" title={t("alarm.stands")}>
      <dl className="alarm-lines">
        <Line name={t("alarm.condition")}>
          {t(`alarms.state.${alarm.state}`)}
          {alarm.historic && ` · ${t("alarms.late")}`}
          {alarm.chattering && ` · ${t("alarm.often")}`}
          {alarm.fleeting && ` · ${t("alarm.short")}`}
        </Line>
        <Line name={t("alarm.lifecycle")}>
          <CodeWord list="alarm_lifecycles" code={alarm.lifecycle} />
        </Line>
        <Line name={t("alarm.raised")}>{time(alarm.raised_at)}</Line>
        {alarm.cleared_at !== null && <Line name={t("alarm.cleared")}>{time(alarm.cleared_at)}</Line>}
        {alarm.acknowledged_at !== null && <Line name={t("alarm.acknowledged")}><By who={alarm.acknowledged_by} at={alarm.acknowledged_at} /></Line>}
        {alarm.assigned_to !== null && <Line name={t("alarm.assigned")}>{alarm.assigned_to}</Line>}
        {alarm.investigating_since !== null && <Line name={t("alarm.investigated")}><By who={alarm.investigated_by} at={alarm.investigating_since} /></Line>}
        {alarm.escalation > 0 && <Line name={t("alarm.escalation")}>{t("alarm.times", { times: alarm.escalation })}</Line>}
        {alarm.suppression !== null && (
          <Line name={t("alarm.suppression")}>
            <CodeWord list="alarm_suppressions" code={alarm.suppression} />
          </Line>
        )}
        {hold !== null && (
          <Line name={t("alarm.hold")}>
            <CodeWord list="alarm_suppressions" code={hold.hold} />
            {hold.until !== null && <> <Until at={Date.parse(hold.until)} /></>} · {hold.reason} · <By who={hold.by} at={hold.since} />
          </Line>
        )}
        {silence !== null && (
          <Line name={t("alarm.silence")}>
            <CodeWord list="silence_reasons" code={silence.reason} /> {silence.share.toLocaleString(language, { style: "percent" })}
            {silence.signs.map((sign) => ` · ${language === "zh-CN" ? sign.zh : sign.en}`)}
          </Line>
        )}
        {root !== null && (
          <Line name={t("alarm.explainedBy")}>
            <Button type="link" size="small" onClick={() => openById(root)}>
              {t("alarm.openOther")}
            </Button>
          </Line>
        )}
      </dl>
    </AlarmPart>
  );
}

/** Who did it, and when. */
function By({ who, at }: { who: string | null; at: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return <When at={at}>{t("alarm.byAt", { by: who ?? "–", at: instant(Date.parse(at), language) })}</When>;
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
