/** The alarm list: the worst on top, standing still under the pointer, acknowledged with one click. */
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { alarmsQuery, sessionQuery } from "../api/queries";
import type { Alarm } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import type { HeldRows } from "../app/held";
import { useHeldOrder } from "../app/useHeldOrder";
import { useHold } from "../app/useHold";
import { useSelection } from "../machines/useSelection";
import { SeverityMark } from "../severity/SeverityMark";
import { worstOf } from "../severity/severity";
import { useSeverityFilter } from "../severity/useSeverityFilter";
import { AlarmRow } from "./AlarmRow";
import { ordered, type AlarmSort } from "./order";
import { useAcknowledge } from "./useAcknowledge";
import { useOpenAlarm } from "./useOpenAlarm";
import "./alarms.css";

type AlarmView = "active" | "cleared";

const ROWS_AT_ONCE = 100;

export function AlarmPanel() {
  const { t } = useTranslation();
  const [view, setView] = useState<AlarmView>("active");
  const [sort, setSort] = useState<AlarmSort>("severity");
  const alarms = useQuery(alarmsQuery(view));
  const hold = useHold();
  const list = useAlarmList(alarms.data ?? NO_ALARMS, view, sort, hold.holding);
  return (
    <Panel
      id="alarms"
      title={t("alarms.title")}
      aside={list.waiting.length > 0 && <Waiting alarms={list.waiting} onShow={hold.release} />}
      tools={
        <>
          <Segmented<AlarmSort>
            size="small"
            aria-label={t("alarms.order")}
            value={sort}
            onChange={setSort}
            options={[
              { value: "severity", label: t("alarms.worst") },
              { value: "newest", label: t("alarms.newest") },
            ]}
          />
          <Segmented<AlarmView>
            size="small"
            aria-label={t("alarms.which")}
            value={view}
            onChange={setView}
            options={[
              { value: "active", label: t("alarms.open") },
              { value: "cleared", label: t("alarms.cleared") },
            ]}
          />
        </>
      }
    >
      {alarms.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 6 }} className="panel-skeleton" />
      ) : alarms.data === undefined ? (
        <ErrorNotice error={alarms.error} retry={() => void alarms.refetch()} />
      ) : (
        <div className="alarm-frame" {...hold.handlers}>
          <FilterLine />
          {list.rows.length === 0 ? <NoAlarms view={view} /> : <AlarmRows rows={list.rows} />}
        </div>
      )}
    </Panel>
  );
}

const NO_ALARMS: readonly Alarm[] = [];

/** The rows to show and those that wait for the pointer to leave. */
function useAlarmList(alarms: readonly Alarm[], view: AlarmView, sort: AlarmSort, holding: boolean): HeldRows<Alarm> {
  const { chosen } = useSeverityFilter();
  const filter = [...chosen].join();
  const inOrder = useMemo(() => {
    const severities = filter.split(",");
    const shown = alarms.filter((alarm) => alarm.state === view && (filter === "" || severities.includes(alarm.severity)));
    return ordered(shown, sort);
  }, [alarms, view, filter, sort]);
  return useHeldOrder(inOrder, alarms, holding, [view, sort, filter].join("|"));
}

/** Stands in the heading, where it pushes nothing aside: what has come while the list is held. */
function Waiting({ alarms, onShow }: { alarms: readonly Alarm[]; onShow: () => void }) {
  const { t } = useTranslation();
  const worst = worstOf(alarms.map((alarm) => alarm.severity));
  return (
    <button type="button" className="alarm-waiting" data-testid="alarms-waiting" onClick={onShow}>
      {worst !== null && <SeverityMark severity={worst} />}
      <span>{t("alarms.waiting", { count: alarms.length })}</span>
    </button>
  );
}

function FilterLine() {
  const { t } = useTranslation();
  const { chosen, clear } = useSeverityFilter();
  if (chosen.size === 0) return null;
  return (
    <p className="alarm-filter">
      {t("alarms.filtered", { severities: [...chosen].map((severity) => t(`severity.${severity}`)).join(" · ") })}
      <Button type="link" size="small" onClick={clear}>
        {t("alarms.all")}
      </Button>
    </p>
  );
}

function NoAlarms({ view }: { view: AlarmView }) {
  const { t } = useTranslation();
  const { chosen } = useSeverityFilter();
  if (chosen.size > 0) return <EmptyNotice title={t("alarms.noneOfThese")} help={t("alarms.noneOfTheseHelp")} />;
  if (view === "active") return <EmptyNotice title={t("alarms.none")} help={t("alarms.noneHelp")} />;
  return <EmptyNotice title={t("alarms.noneCleared")} help={t("alarms.noneClearedHelp")} />;
}

function AlarmRows({ rows }: { rows: readonly Alarm[] }) {
  const { t } = useTranslation();
  const { selectedId } = useSelection();
  const { openId, open } = useOpenAlarm();
  const { data: me } = useQuery(sessionQuery);
  const acknowledge = useAcknowledge();
  const [most, setMost] = useState(ROWS_AT_ONCE);
  return (
    <ol className="alarm-list" tabIndex={-1}>
      {rows.slice(0, most).map((alarm) => (
        <AlarmRow
          key={alarm.id}
          alarm={alarm}
          selected={alarm.machine.id === selectedId}
          pending={acknowledge.pending.has(alarm.id)}
          open={alarm.id === openId}
          onOpen={open}
          onAcknowledge={me?.may_acknowledge === true ? acknowledge.start : null}
        />
      ))}
      {rows.length > most && (
        <li className="alarm-more">
          <Button onClick={() => setMost(most + ROWS_AT_ONCE)}>{t("alarms.more", { count: rows.length - most })}</Button>
        </li>
      )}
    </ol>
  );
}
