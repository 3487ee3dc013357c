/** What the machine does, where, and which alarms of it are open. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { alarmName } from "../alarms/alarmName";
import type { MachineDetail, MachineState } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { StateMark } from "../machines/StateMark";
import { When } from "../machines/When";
import { shownState } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { Facts } from "./Facts";
import { machineAlarmsQuery } from "./queries";

const MOST = 5;

export function MachineStanding({ machine, state }: { machine: MachineDetail; state: MachineState | undefined }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const alarms = useQuery(machineAlarmsQuery(machine.id, "open")).data ?? [];
  const place = state?.position;
  const where = place && `${place.latitude_deg.toFixed(place.is_coarse ? 1 : 5)}, ${place.longitude_deg.toFixed(place.is_coarse ? 1 : 5)}`;
  return (
    <Panel id="standing" title={t("machinePage.standing")}>
      <div className="panel-pad">
        <Facts
          items={[
            [t("fleet.state"), <StateMark key="state" state={shownState(machine)} />],
            [t("machinePage.measured"), <When key="at" at={machine.measured_at} whole />],
            [t("machinePage.received"), <When key="received" at={machine.received_at} whole />],
            [t("machinePage.place"), place ? <span key="place" title={place.is_coarse ? t("machinePage.coarse") : ""}>{where}{place.is_coarse && ` (${t("machinePage.about")})`}</span> : null],
          ]}
        />
        {alarms.length === 0 ? (
          <p className="quiet standing-alarms">{t("machinePage.noOpenAlarm")}</p>
        ) : (
          <ul className="standing-alarms" aria-label={t("machinePage.openAlarms")}>
            {alarms.slice(0, MOST).map((alarm) => (
              <li key={alarm.id}>
                <SeverityMark severity={alarm.severity} quiet={alarm.acknowledged_at !== null} />
                <Link to={`/alarms/${alarm.id}`}>{alarmName(alarm, language)}</Link>
                <When at={alarm.raised_at} />
              </li>
            ))}
            {alarms.length > MOST && (
              <li>
                <Link to={{ search: "?tab=faults" }}>{t("machinePage.allAlarms", { count: alarms.length })}</Link>
              </li>
            )}
          </ul>
        )}
      </div>
    </Panel>
  );
}
