/** The sheet of a hand-over: printed, or read on a phone by whoever goes there. */
import { PrinterOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { alarmName } from "../alarms/alarmName";
import { CodeWord } from "../alarms/CodeWord";
import type { AlarmDetail, VisitHandOver } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Page } from "../app/Page";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { SeverityMark } from "../severity/SeverityMark";
import { Reasons } from "./Causes";
import { OwnerSentence } from "./Customer";
import { useEvidence } from "./made";
import { visitsQuery } from "./queries";
import { SheetCases, SheetEvidence } from "./SheetEvidence";
import { SheetFacts } from "./SheetFacts";
import { shareWords, wordsIn } from "./words";

/** Escape leads to `path`, as it does from the diagnosis to the desk. */
function useEscape(path: string): void {
  const navigate = useNavigate();
  useEffect(() => {
    const heard = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented && document.querySelector(".ant-modal-wrap, .ant-dropdown:not(.ant-dropdown-hidden)") === null) void navigate(path);
    };
    document.addEventListener("keydown", heard);
    return () => document.removeEventListener("keydown", heard);
  }, [navigate, path]);
}

export function HandOverSheet({ alarm, visitId }: { alarm: AlarmDetail; visitId: string }) {
  const { t } = useTranslation();
  const visits = useQuery(visitsQuery(alarm.id));
  const visit = visits.data?.find((one) => one.id === visitId);
  useEscape(`/alarms/${alarm.id}`);
  return (
    <Page
      title={t("diagnosis.visit.sheet")}
      tools={
        <span className="sheet-tools">
          <Link to={`/alarms/${alarm.id}`}>{t("diagnosis.visit.back")}</Link>
          <Button icon={<PrinterOutlined />} onClick={() => window.print()} disabled={visit === undefined}>
            {t("diagnosis.visit.print")}
          </Button>
        </span>
      }
    >
      {visit !== undefined ? (
        <Sheet alarm={alarm} visit={visit} />
      ) : visits.isPending ? (
        <Skeleton active />
      ) : visits.error !== null ? (
        <ErrorNotice error={visits.error} retry={() => void visits.refetch()} />
      ) : (
        <EmptyNotice title={t("diagnosis.visit.notThere")} help={t("diagnosis.visit.notThereHelp")} />
      )}
    </Page>
  );
}

function Sheet({ alarm, visit }: { alarm: AlarmDetail; visit: VisitHandOver }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const evidence = useEvidence(alarm);
  return (
    <article className="sheet" data-testid="visit-sheet">
      <p className="sheet-alarm">
        <SeverityMark severity={alarm.severity} quiet /> <b>{alarmName(alarm, language)}</b>
      </p>
      <OwnerSentence alarm={alarm} />
      <div className="sheet-columns">
        <div>
          <SheetFacts alarm={alarm} visit={visit} evidence={evidence.data} />
          <h2>{t("diagnosis.visit.causes")}</h2>
          <ol className="sheet-causes">
            {visit.causes.map((cause) => (
              <li key={cause.key}>
                {wordsIn(cause.text, language)} {cause.share !== null && <b className="figure">{shareWords(cause.share, language)}</b>}
                <Reasons known={evidence.data?.diagnosis.causes.find((one) => one.key === cause.key)} />
              </li>
            ))}
          </ol>
          <h2>{t("diagnosis.visit.answers")}</h2>
          <Answers visit={visit} />
          <SheetCases alarm={alarm} evidence={evidence.data} />
        </div>
        <SheetEvidence visit={visit} evidence={evidence} />
      </div>
    </article>
  );
}

function Answers({ visit }: { visit: VisitHandOver }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (visit.answers.length === 0) return <p className="quiet">{t("diagnosis.visit.noAnswers")}</p>;
  return (
    <ul className="sheet-causes">
      {visit.answers.map((one) => (
        <li key={`${one.check ?? ""} ${one.cause ?? ""} ${one.when ?? ""}`}>
          {wordsIn(one.text, language)}
          {one.cause_text !== null && ` → ${wordsIn(one.cause_text, language)}`}:{" "}
          <b>
            <CodeWord list="check_answers" code={one.answer} />
          </b>{" "}
          <span className="quiet">
            {one.answered_by}, <When at={one.answered_at} whole />
          </span>
        </li>
      ))}
    </ul>
  );
}
