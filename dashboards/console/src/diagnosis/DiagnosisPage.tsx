/** One alarm from the first look to its verdict: what it stands on, what to ask, what to tell, and how it was solved. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useSearchParams } from "../app/search";
import { alarmName } from "../alarms/alarmName";
import { CodeWord } from "../alarms/CodeWord";
import { ApiError } from "../api/client";
import { alarmQuery } from "../api/queries";
import type { AlarmDetail } from "../api/types";
import { deskPath, TO_ROW } from "../app/deskPath";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Page } from "../app/Page";
import { usePreferences } from "../app/preferences";
import { age, clockOrDay } from "../format/time";
import { useNow } from "../app/useNow";
import { ItsMachine, When } from "../machines/When";
import { kindWord } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { ActionBar } from "./ActionBar";
import { Causes } from "./Causes";
import { Checks } from "./Checks";
import { Customer, OwnerSentence } from "./Customer";
import { Codes } from "./Codes";
import { HandOverSheet } from "./HandOverSheet";
import { Past } from "./Past";
import { useEvidence } from "./made";
import { visitsQuery } from "./queries";
import { SignalsPanel } from "./SignalsPanel";
import { Standing } from "./Standing";
import { Window } from "./Window";
import { useDiagnosisKeys } from "./useDiagnosisKeys";
import "../alarms/alarm-detail.css";
import "./diagnosis.css";

export function DiagnosisPage() {
  const { t } = useTranslation();
  const { alarmId = "" } = useParams();
  const [search] = useSearchParams();
  const alarm = useQuery(alarmQuery(alarmId));
  const machine = alarm.data?.machine.id ?? null;
  const clock = useMemo(() => ({ machine }), [machine]);
  if (alarm.data !== undefined) {
    const visit = search.get("visit");
    return <ItsMachine value={clock}>{visit === null ? <Known key={alarm.data.id} alarm={alarm.data} /> : <HandOverSheet alarm={alarm.data} visitId={visit} />}</ItsMachine>;
  }
  return (
    <Page title={t("diagnosis.title")}>
      {alarm.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 12 }} className="panel-skeleton" />
      ) : alarm.error instanceof ApiError && (alarm.error.status === 404 || alarm.error.status === 422) ? (
        <EmptyNotice title={t("alarm.notThere")} help={t("alarm.notThereHelp")}>
          <Link to={deskPath()}>{t("diagnosis.toDesk")}</Link>
        </EmptyNotice>
      ) : (
        <ErrorNotice error={alarm.error} retry={() => void alarm.refetch()} />
      )}
    </Page>
  );
}

function Known({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const evidence = useEvidence(alarm);
  useDiagnosisKeys(alarm);
  return (
    <Page
      name={`${alarmName(alarm, language)} · ${alarm.machine.name}`}
      title={
        <span className="diagnosis-title">
          <SeverityMark severity={alarm.severity} quiet={alarm.state !== "active" || alarm.acknowledged_at !== null} />
          {alarmName(alarm, language)}
        </span>
      }
      aside={<About alarm={alarm} />}
      tools={
        <Link to={deskPath()} state={TO_ROW} className="diagnosis-back" title={t("diagnosis.toDeskHelp")}>
          <ArrowLeftOutlined aria-hidden="true" /> {t("diagnosis.toDesk")}
        </Link>
      }
    >
      <ActionBar alarm={alarm} />
      <div className="diagnosis-columns">
        <div className="diagnosis-column diagnosis-think">
          <OwnerSentence alarm={alarm} />
          <Causes alarm={alarm} evidence={evidence.data} />
          <Checks alarm={alarm} />
        </div>
        <div className="diagnosis-column diagnosis-see">
          <SignalsPanel alarm={alarm} evidence={evidence.data} isComing={evidence.isComing} />
        </div>
      </div>
      <div className="diagnosis-more">
        <Customer alarm={alarm} />
        <Codes alarm={alarm} evidence={evidence.data} />
        <Past evidence={evidence} />
        <Window evidence={evidence} />
        <Standing alarm={alarm} />
      </div>
    </Page>
  );
}

function About({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const now = useNow();
  const raised = Date.parse(alarm.raised_at);
  return (
    <span className="diagnosis-about">
      <Link to={`/machines/${alarm.machine.id}`} data-testid="diagnosis-machine">
        {alarm.machine.name}
      </Link>
      <span>{kindWord(alarm.machine.kind, t)}</span>
      <span data-testid="diagnosis-stands">
        <CodeWord list="alarm_lifecycles" code={alarm.lifecycle} />
      </span>
      <When at={raised}>{t("diagnosis.ago", { age: age(now - raised, language) })}</When>
      <HandedOver alarmId={alarm.id} />
      {alarm.assigned_to !== null && <span>{t("diagnosis.assigned", { login: alarm.assigned_to })}</span>}
      {alarm.investigated_by !== null && <span>{t("diagnosis.investigated", { login: alarm.investigated_by })}</span>}
    </span>
  );
}

/** That somebody was asked to go there, with the way to the sheet. */
function HandedOver({ alarmId }: { alarmId: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const last = useQuery(visitsQuery(alarmId)).data?.[0];
  if (last === undefined) return null;
  return (
    <Link to={`/alarms/${alarmId}?visit=${last.id}`} className="diagnosis-handed" data-testid="diagnosis-handed">
      {t("diagnosis.visit.handed", { by: last.made_by, time: clockOrDay(Date.parse(last.made_at), Date.now(), language) })}
    </Link>
  );
}
