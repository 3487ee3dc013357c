/** One alarm of the queue on a phone: a card with buttons. */
import { Button } from "antd";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { AlarmFacts, hasFacts } from "../alarms/AlarmFacts";
import { alarmName } from "../alarms/alarmName";
import { usePreferences } from "../app/preferences";
import { StateMark } from "../machines/StateMark";
import { kindWord } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { FirstOut, GroupButton, isUnseen, Signs, Since, Stands } from "./DeskParts";
import { isTaken, rowAttributes, type DeskRowProps } from "./DeskRow";

export const DeskCard = memo(function DeskCard(props: DeskRowProps) {
  const { entry, alarm, place, isOpened, isPending, isChosen, actions } = props;
  const { t } = useTranslation();
  const { language } = usePreferences();
  const words = alarmName(alarm, language);
  const isOver = alarm.state !== "active";
  return (
    <li className={`desk-card${isChosen ? " desk-card-chosen" : ""}${entry.isBehind ? " desk-card-behind" : ""}`} {...rowAttributes(props)}>
      <div className="desk-card-head">
        <SeverityMark severity={alarm.severity} quiet={isTaken(alarm)} />
        <StateMark state={place.state} />
        <Since alarm={alarm} site={place.site} />
      </div>
      <div className="desk-card-what">
        <p className="desk-card-name">
          <b>{words}</b> <FirstOut entry={entry} /> <Signs alarm={alarm} />
        </p>
        <p className="desk-line desk-facts">{hasFacts(alarm) ? <AlarmFacts alarm={alarm} /> : <span className="quiet">{kindWord(alarm.machine.kind, t)}</span>}</p>
      </div>
      <p className="desk-line quiet">
        {alarm.machine.name} · {[place.site, place.customer].filter(Boolean).join(" · ") || "–"}
      </p>
      <div className="desk-card-foot">
        {actions.onAcknowledge !== null && isUnseen(alarm) && (
          <Button type="primary" loading={isPending} onClick={() => actions.onAcknowledge?.(entry.id)} data-testid="acknowledge">
            {t("alarms.acknowledge")}
          </Button>
        )}
        {actions.onShelve !== null && !isOver && alarm.suppression === null && <Button onClick={() => actions.onShelve?.(entry.id)}>{t("desk.act.shelve")}</Button>}
        <Link className="desk-card-link" to={`/alarms/${alarm.id}`}>
          {t("desk.toDiagnosis")}
        </Link>
        <GroupButton entry={entry} isOpened={isOpened} onOpen={actions.onOpenGroup} />
        <Stands alarm={alarm} />
      </div>
    </li>
  );
});
