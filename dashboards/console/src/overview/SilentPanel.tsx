/** Machines that have fallen silent, why, and since when. */
import { useQuery } from "@tanstack/react-query";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { alarmName } from "../alarms/alarmName";
import { machinesQuery, queryClient, sessionQuery } from "../api/queries";
import type { Alarm } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import { alarmPath } from "../app/pages";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { useHeldOrder } from "../app/useHeldOrder";
import { useHold } from "../app/useHold";
import { SeverityShape } from "../severity/SeverityMark";
import { silenceReason, silentMachines, type Sites } from "./narrowed";
import { Rows } from "./Rows";

const SHOWN = 3;

export const SilentPanel = memo(function SilentPanel({ alarms, sites, all }: { alarms: readonly Alarm[] | undefined; sites: Sites; all: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: me } = useQuery(sessionQuery);
  const hold = useHold();
  // When a silent machine was last heard does not change while its alarm stands: the list is read, not followed.
  const silent = useMemo(() => silentMachines(alarms ?? [], queryClient.getQueryData(machinesQuery.queryKey) ?? [], sites), [alarms, sites]);
  const { rows } = useHeldOrder(silent.slice(0, SHOWN), silent, hold.holding, "");
  if (!me) return null;
  return (
    <Panel
      id="overview-silent"
      title={t("overview.silent")}
      aside={<b className="figure">{alarms === undefined ? "–" : silent.length}</b>}
      tools={<Link to={all}>{t("overview.all")}</Link>}
    >
      <Rows pending={alarms === undefined} count={SHOWN} handlers={hold.handlers} empty={<EmptyNotice title={t("overview.noSilent")} help={t("overview.noSilentHelp")} />}>
        {rows.map(({ id, alarm, since, site }) => (
          <li key={id}>
            <Link className="overview-row" to={alarmPath(me.role, alarm.id)}>
              <span className={`sev-ink-${alarm.severity}`}>
                <SeverityShape severity={alarm.severity} />
                <span className="unseen">{t(`severity.${alarm.severity}`)}</span>
              </span>
              <span className="overview-what">
                <b>{alarm.machine.name}</b>
                <small>{silenceReason(alarmName(alarm, language))}</small>
              </span>
              <span className="overview-since">
                <Time at={since} site={site} asAge />
              </span>
            </Link>
          </li>
        ))}
      </Rows>
    </Panel>
  );
});
