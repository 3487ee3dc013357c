/** The sheet of a hand-over: printed, or read on a phone by whoever goes there. */
import { PrinterOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { alarmName } from "../alarms/alarmName";
import { CodeWord } from "../alarms/CodeWord";
import type { AlarmDetail, DiagnosisItem, VisitHandOver } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Page } from "../app/Page";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { kindWord } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { OwnerSentence } from "./Customer";
import { visitsQuery } from "./queries";
import { shareWords, wordsIn } from "./words";

export function HandOverSheet({ alarm, visitId }: { alarm: AlarmDetail; visitId: string }) {
  const { t } = useTranslation();
  const visits = useQuery(visitsQuery(alarm.id));
  const visit = visits.data?.find((one) => one.id === visitId);
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
  const time = (text: string) => <When at={text} whole />;
  return (
    <article className="sheet" data-testid="visit-sheet">
      <p className="sheet-alarm">
        <SeverityMark severity={alarm.severity} quiet /> <b>{alarmName(alarm, language)}</b>
      </p>
      <OwnerSentence alarm={alarm} />
      <dl className="alarm-lines">
        <Line name={t("diagnosis.visit.machine")}>
          {alarm.machine.name} · {kindWord(alarm.machine.kind, t)} · {alarm.machine.pin}
        </Line>
        <Line name={t("alarm.raised")}>{time(alarm.raised_at)}</Line>
        <Line name={t("diagnosis.visit.madeBy")}>
          {visit.made_by}, {time(visit.made_at)}
        </Line>
        <Line name={t("diagnosis.visit.wantedBy")}>{visit.wanted_by === null ? t("diagnosis.visit.anyTime") : time(visit.wanted_by)}</Line>
        {visit.note !== null && <Line name={t("diagnosis.visit.note")}>{visit.note}</Line>}
        <Line name={t("diagnosis.visit.parts")}>
          <Listed items={visit.parts} />
        </Line>
        <Line name={t("diagnosis.visit.tools")}>
          <Listed items={visit.tools} />
        </Line>
      </dl>
      <h2>{t("diagnosis.visit.causes")}</h2>
      <ol className="sheet-causes">
        {visit.causes.map((cause) => (
          <li key={cause.key}>
            {wordsIn(cause.text, language)} {cause.share !== null && <b className="figure">{shareWords(cause.share, language)}</b>}
          </li>
        ))}
      </ol>
      <h2>{t("diagnosis.visit.answers")}</h2>
      {visit.answers.length === 0 ? (
        <p className="quiet">{t("diagnosis.visit.noAnswers")}</p>
      ) : (
        <ul className="sheet-causes">
          {visit.answers.map((one) => (
            <li key={`${one.check ?? ""} ${one.cause ?? ""} ${one.when ?? ""}`}>
              {wordsIn(one.text, language)}
              {one.cause_text !== null && ` → ${wordsIn(one.cause_text, language)}`}:{" "}
              <b>
                <CodeWord list="check_answers" code={one.answer} />
              </b>{" "}
              <span className="quiet">
                {one.answered_by}, {time(one.answered_at)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Listed({ items }: { items: readonly DiagnosisItem[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return items.length === 0 ? t("diagnosis.visit.none") : items.map((one) => wordsIn(one.text, language)).join(t("diagnosis.comma"));
}
