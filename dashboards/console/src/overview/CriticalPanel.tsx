/** The newest critical alarms that stand. */
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { alarmName } from "../alarms/alarmName";
import { sessionQuery } from "../api/queries";
import type { Alarm } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import { alarmPath } from "../app/pages";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { useHeldOrder } from "../app/useHeldOrder";
import { useHold } from "../app/useHold";
import { SeverityShape } from "../severity/SeverityMark";
import type { Sites } from "./narrowed";
import { Rows } from "./Rows";

const SHOWN = 4;

export const CriticalPanel = memo(function CriticalPanel({ alarms, sites, all }: { alarms: readonly Alarm[] | undefined; sites: Sites; all: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: me } = useQuery(sessionQuery);
  const hold = useHold();
  const critical = useMemo(
    () => (alarms ?? []).filter((alarm) => alarm.severity === "critical").toSorted((a, b) => (a.raised_at < b.raised_at ? 1 : -1)),
    [alarms],
  );
  const { rows } = useHeldOrder(critical.slice(0, SHOWN), critical, hold.holding, "");
  if (!me) return null;
  return (
    <Panel
      id="overview-critical"
      title={t("overview.critical")}
      aside={<b className="figure">{alarms === undefined ? "–" : critical.length}</b>}
      tools={<Link to={all}>{t("overview.all")}</Link>}
    >
      <Rows pending={alarms === undefined} count={SHOWN} handlers={hold.handlers} empty={<EmptyNotice title={t("overview.noCritical")} help={t("overview.noCriticalHelp")} />}>
        {rows.map((alarm) => (
          <li key={alarm.id}>
            <Link className="overview-row" to={alarmPath(me.role, alarm.id)}>
              <span className={`sev-ink-${alarm.severity}`}>
                <SeverityShape severity={alarm.severity} />
                <span className="unseen">{t(`severity.${alarm.severity}`)}</span>
              </span>
              <span className="overview-what">
                <b>{alarmName(alarm, language)}</b>
                <small>{alarm.machine.name}</small>
              </span>
              <span className="overview-since">
                <Time at={alarm.raised_at} site={sites.get(alarm.machine.id) ?? null} asAge />
                {alarm.acknowledged_at !== null && <small>{t("overview.taken", { by: alarm.acknowledged_by ?? "" })}</small>}
              </span>
            </Link>
          </li>
        ))}
      </Rows>
    </Panel>
  );
});
