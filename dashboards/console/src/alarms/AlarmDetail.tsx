/** One alarm with all that is known of it, whatever its state: opened from the list and by the link of a notice. */
import { CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useEffect, useMemo, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSearchParams } from "../app/search";
import { ApiError } from "../api/client";
import { alarmQuery } from "../api/queries";
import type { AlarmDetail as Detail } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { ItsMachine } from "../machines/When";
import { kindWord } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { AlarmCommands } from "./AlarmCommands";
import { AlarmHistory } from "./AlarmHistory";
import { AlarmNotices } from "./AlarmNotices";
import { AlarmReadings } from "./AlarmReadings";
import { AlarmStanding } from "./AlarmStanding";
import { AlarmVerdicts } from "./AlarmVerdicts";
import { alarmName } from "./alarmName";
import { useOpenAlarm } from "./useOpenAlarm";
import "./alarm-detail.css";

interface AlarmDetailProps {
  readonly alarmId: string;
  /** Turns to the chart, where it does not stand beside the alarm. */
  readonly onChart?: () => void;
  /** It stands beside a list that keeps the focus, on a page without a chart: it leads to the pages of the alarm and its machine. */
  readonly preview?: boolean;
}

export function AlarmDetail({ alarmId, onChart, preview = false }: AlarmDetailProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { close } = useClosing(alarmId);
  const alarm = useQuery(alarmQuery(alarmId));
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!preview) frame.current?.focus({ preventScroll: true });
  }, [preview]);
  useItsMachine(preview ? undefined : alarm.data);
  return (
    <Panel
      id="alarm"
      title={alarm.data === undefined ? t("alarm.one") : alarmName(alarm.data, language)}
      tools={<Button size="small" type="text" icon={<CloseOutlined />} aria-label={t("alarm.close")} title={t("alarm.close")} onClick={close} data-testid="close-alarm" />}
    >
      <div className="alarm-detail" ref={frame} tabIndex={0} role="group" aria-labelledby="alarm-title">
        {alarm.data !== undefined ? (
          <Known alarm={alarm.data} tools={preview ? <ItsPages alarm={alarm.data} /> : <ShowInChart alarm={alarm.data} onChart={onChart} />} />
        ) : alarm.isPending ? (
          <Skeleton active title={false} paragraph={{ rows: 6 }} className="panel-skeleton" />
        ) : isNotThere(alarm.error) ? (
          <EmptyNotice title={t("alarm.notThere")} help={t("alarm.notThereHelp")} />
        ) : (
          <ErrorNotice error={alarm.error} retry={() => void alarm.refetch()} />
        )}
      </div>
    </Panel>
  );
}

/** Not there, not the viewer's to see, or no alarm's number at all: the API does not tell the first two apart. */
function isNotThere(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 422);
}

/** Closes with Escape too, and goes back to the alarm's row where the list has one. */
function useClosing(alarmId: string): { close: () => void } {
  const { close } = useOpenAlarm();
  const done = (): void => {
    close();
    requestAnimationFrame(() => {
      const row = document.querySelector<HTMLElement>(`[data-alarm="${CSS.escape(alarmId)}"]`);
      (row?.querySelector<HTMLElement>(".alarm-main") ?? row)?.focus();
    });
  };
  useEffect(() => {
    const heard = (event: KeyboardEvent): void => {
      const elsewhere = event.target instanceof Element && event.target.closest(".ant-select, .ant-dropdown, [role=dialog]") !== null;
      if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing && !elsewhere) done();
    };
    document.addEventListener("keydown", heard);
    return () => document.removeEventListener("keydown", heard);
  });
  return { close: done };
}

/** An address that names no machine (a notice's link) turns to the alarm's, at its time when it is over. */
function useItsMachine(alarm: Detail | undefined): void {
  const [search] = useSearchParams();
  const { chooseMachine, showItsTime } = useOpenAlarm();
  const isAlone = !search.has("machine");
  useEffect(() => {
    if (alarm === undefined || !isAlone) return;
    if (alarm.state === "active") chooseMachine(alarm);
    else showItsTime(alarm, false);
  }, [alarm, isAlone, chooseMachine, showItsTime]);
}

function ShowInChart({ alarm, onChart }: { alarm: Detail; onChart: (() => void) | undefined }) {
  const { t } = useTranslation();
  const { showItsTime } = useOpenAlarm();
  const show = (): void => {
    showItsTime(alarm, onChart !== undefined);
    onChart?.();
  };
  return (
    <Button size="small" onClick={show} data-testid="alarm-chart">
      {t("alarm.chart")}
    </Button>
  );
}

function ItsPages({ alarm }: { alarm: Detail }) {
  const { t } = useTranslation();
  return (
    <span className="alarm-pages">
      <Link to={`/machines/${alarm.machine.id}`}>{t("desk.toMachine")}</Link>
      <Link to={`/alarms/${alarm.id}`} data-testid="alarm-diagnose">
        {t("desk.toDiagnosis")}
      </Link>
    </span>
  );
}

function Known({ alarm, tools }: { alarm: Detail; tools: ReactNode }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const clock = useMemo(() => ({ machine: alarm.machine.id }), [alarm.machine.id]);
  return (
    <ItsMachine value={clock}>
      <div className="alarm-about">
        <SeverityMark severity={alarm.severity} quiet={alarm.state !== "active" || alarm.acknowledged_at !== null} />
        <b>{alarm.machine.name}</b>
        <span className="quiet">{kindWord(alarm.machine.kind, t)}</span>
        {tools}
      </div>
      {alarm.advice !== null && (
        <p className="alarm-advice" data-testid="alarm-advice">
          <b>{t("alarm.advice")}</b>
          {language === "zh-CN" ? alarm.advice.zh : alarm.advice.en}
        </p>
      )}
      <AlarmCommands alarm={alarm} />
      <AlarmStanding alarm={alarm} />
      <AlarmReadings alarm={alarm} />
      <AlarmHistory transitions={alarm.transitions} />
      <AlarmNotices alarmId={alarm.id} />
      <AlarmVerdicts alarm={alarm} />
    </ItsMachine>
  );
}
