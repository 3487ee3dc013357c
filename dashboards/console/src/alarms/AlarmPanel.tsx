/** The alarm list: newest on top, standing still under the pointer, acknowledged with one click. */
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { alarmsQuery, sessionQuery, type AlarmView } from "../api/queries";
import type { Alarm } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { useHeldOrder } from "../app/useHeldOrder";
import { useHold } from "../app/useHold";
import { useSelection } from "../machines/useSelection";
import { SeverityMark } from "../severity/SeverityMark";
import { worstOf } from "../severity/severity";
import { useSeverityFilter } from "../severity/useSeverityFilter";
import { AlarmRow } from "./AlarmRow";
import { ordered, type AlarmSort } from "./order";
import { useAcknowledge } from "./useAcknowledge";
import "./alarms.css";

const ROWS_AT_ONCE = 100;

export function AlarmPanel({ onSelect }: { onSelect: (machineId: string) => void }) {
  const { t } = useTranslation();
  const [view, setView] = useState<AlarmView>("active");
  const [sort, setSort] = useState<AlarmSort>("newest");
  const alarms = useQuery(alarmsQuery(view));
  return (
    <Panel
      id="alarms"
      title={t("alarms.title")}
      tools={
        <>
          <Segmented<AlarmSort>
            size="small"
            aria-label={t("alarms.order")}
            value={sort}
            onChange={setSort}
            options={[
              { value: "newest", label: t("alarms.newest") },
              { value: "severity", label: t("alarms.worst") },
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
        <AlarmRows alarms={alarms.data} view={view} sort={sort} onSelect={onSelect} />
      )}
    </Panel>
  );
}

interface RowsProps {
  readonly alarms: readonly Alarm[];
  readonly view: AlarmView;
  readonly sort: AlarmSort;
  readonly onSelect: (machineId: string) => void;
}

function AlarmRows({ alarms, view, sort, onSelect }: RowsProps) {
  const { t } = useTranslation();
  const { selectedId } = useSelection();
  const { chosen, clear } = useSeverityFilter();
  const { data: me } = useQuery(sessionQuery);
  const acknowledge = useAcknowledge();
  const hold = useHold();
  const filter = [...chosen].join();
  const known = useMemo(() => new Map(alarms.map((alarm) => [alarm.id, alarm])), [alarms]);
  const inOrder = useMemo(() => {
    const severities = filter.split(",");
    const shown = alarms.filter((alarm) => alarm.state === view && (filter === "" || severities.includes(alarm.severity)));
    return ordered(shown, sort);
  }, [alarms, view, filter, sort]);
  const { rows, waiting } = useHeldOrder(inOrder, known, hold.holding, [view, sort, filter].join("|"));
  const [most, setMost] = useState(ROWS_AT_ONCE);
  const worst = worstOf(waiting.map((alarm) => alarm.severity));

  return (
    <div className="alarm-frame" {...hold.handlers}>
      {waiting.length > 0 && worst !== null && (
        <button type="button" className="alarm-waiting" data-testid="alarms-waiting" onClick={hold.release}>
          <SeverityMark severity={worst} />
          <span>{t("alarms.waiting", { count: waiting.length })}</span>
          <b>{t("alarms.show")}</b>
        </button>
      )}
      {filter !== "" && (
        <p className="alarm-filter">
          {t("alarms.filtered", { severities: [...chosen].map((severity) => t(`severity.${severity}`)).join(" · ") })}
          <Button type="link" size="small" onClick={clear}>
            {t("alarms.all")}
          </Button>
        </p>
      )}
      {rows.length === 0 ? (
        <EmptyNotice
          title={filter !== "" ? t("alarms.noneOfThese") : view === "active" ? t("alarms.none") : t("alarms.noneCleared")}
          help={filter !== "" ? t("alarms.noneOfTheseHelp") : view === "active" ? t("alarms.noneHelp") : t("alarms.noneClearedHelp")}
        />
      ) : (
        <ol className="alarm-list" tabIndex={-1}>
          {rows.slice(0, most).map((alarm) => (
            <AlarmRow
              key={alarm.id}
              alarm={alarm}
              selected={alarm.machine.id === selectedId}
              pending={acknowledge.pending.has(alarm.id)}
              onSelect={onSelect}
              onAcknowledge={me?.may_acknowledge === true ? acknowledge.start : null}
            />
          ))}
          {rows.length > most && (
            <li className="alarm-more">
              <Button onClick={() => setMost(most + ROWS_AT_ONCE)}>{t("alarms.more", { count: rows.length - most })}</Button>
            </li>
          )}
        </ol>
      )}
    </div>
  );
}
