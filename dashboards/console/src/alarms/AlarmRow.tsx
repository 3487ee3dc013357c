import { CheckOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Alarm } from "../api/types";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { useNow } from "../app/useNow";
import { age, instant } from "../format/time";
import { kindWord } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { AlarmFacts } from "./AlarmFacts";
import { alarmName } from "./alarmName";

interface AlarmRowProps {
  readonly alarm: Alarm;
  readonly selected: boolean;
  readonly pending: boolean;
  /** The alarm panel is about it. */
  readonly open: boolean;
  readonly onOpen: (alarm: Alarm) => void;
  /** null: the viewer may not. */
  readonly onAcknowledge: ((alarmId: string) => void) | null;
}

export const AlarmRow = memo(function AlarmRow({ alarm, selected, open, pending, onOpen, onAcknowledge }: AlarmRowProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const taken = alarm.acknowledged_at !== null;
  const over = alarm.state !== "active";
  const words = alarmName(alarm, language);
  return (
    <li
      className={`alarm${open ? " alarm-open" : ""}${selected ? " alarm-selected" : ""}${taken || over ? " alarm-quiet" : ""}`}
      data-alarm={alarm.id}
      data-machine={alarm.machine.name}
      data-pin={alarm.machine.pin}
      data-source={alarm.source_key}
      data-state={alarm.state}
      data-acknowledged={taken}
    >
      <button type="button" className="alarm-main" onClick={() => onOpen(alarm)} aria-current={selected} aria-expanded={open}>
        <span className="alarm-severity">
          <SeverityMark severity={alarm.severity} quiet={taken || over} />
        </span>
        <span className="alarm-words">
          <span className="alarm-text" title={words}>
            {words}
            {alarm.historic && <em className="alarm-late">{t("alarms.late")}</em>}
          </span>
          <span className="alarm-machine">
            {alarm.machine.name} · {kindWord(alarm.machine.kind, t)}
          </span>
        </span>
        <Since alarm={alarm} />
        <AlarmFacts alarm={alarm} />
      </button>
      <span className="alarm-action">
        {taken ? (
          <Taken alarm={alarm} />
        ) : (
          !over &&
          onAcknowledge !== null && (
            <Button
              size="small"
              loading={pending}
              onClick={() => onAcknowledge(alarm.id)}
              title={t("alarms.acknowledgeHelp")}
              aria-label={t("alarms.acknowledgeThis", { alarm: words, machine: alarm.machine.name })}
              data-testid="acknowledge"
            >
              {t("alarms.acknowledge")}
            </Button>
          )
        )}
      </span>
    </li>
  );
});

function Since({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const now = useNow();
  const then = Date.parse(alarm.raised_at);
  return (
    <span className="alarm-since">
      <Time at={alarm.raised_at} machine={alarm.machine.id} />
      <span className="quiet">{alarm.state === "active" ? age(now - then, language) : t(`alarms.state.${alarm.state}`)}</span>
    </span>
  );
}

function Taken({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const at = alarm.acknowledged_at === null ? "" : instant(Date.parse(alarm.acknowledged_at), language);
  return (
    <span className="alarm-taken" title={t("alarms.takenBy", { by: alarm.acknowledged_by ?? "–", at })}>
      <CheckOutlined aria-hidden /> {alarm.acknowledged_by ?? t("alarms.taken")}
    </span>
  );
}
