/** Who was told of an alarm, by which way, in which words, and what became of it. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { alarmNoticesQuery } from "../api/queries";
import type { ToldNotice } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { When } from "../machines/When";
import { AlarmPart } from "./AlarmPart";
import { CodeWord } from "./CodeWord";

export function AlarmNotices({ alarmId }: { alarmId: string }) {
  const { t } = useTranslation();
  const notices = useQuery(alarmNoticesQuery(alarmId));
  return (
    <AlarmPart id="told" title={t("alarm.told")}>
      {notices.data !== undefined ? (
        notices.data.length === 0 ? (
          <p className="quiet">{t("alarm.toldNobody")}</p>
        ) : (
          <ol className="alarm-entries">
            {notices.data.map((notice, i) => (
              <Told key={`${notice.made_at} ${notice.to} ${notice.channel} ${i}`} notice={notice} />
            ))}
          </ol>
        )
      ) : notices.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 2 }} />
      ) : (
        <ErrorNotice error={notices.error} retry={() => void notices.refetch()} />
      )}
    </AlarmPart>
  );
}

function Told({ notice }: { notice: ToldNotice }) {
  const { t } = useTranslation();
  const at = notice.ended_at ?? notice.made_at;
  return (
    <li data-state={notice.state}>
      <When at={at} whole />
      <b>{notice.to ?? t("alarm.somebody")}</b>{" "}
      <span className="quiet">
        <CodeWord list="notice_channels" code={notice.channel} /> · <CodeWord list="alarm_transitions" code={notice.transition} />
      </span>{" "}
      · <CodeWord list="notice_states" code={notice.state} />
      {notice.subject === "" ? (
        <p className="quiet">{t("alarm.unwritten")}</p>
      ) : (
        <details lang={notice.language}>
          <summary>{notice.subject}</summary>
          <p className="alarm-notice-body">{notice.body}</p>
        </details>
      )}
      {notice.state !== "sent" && notice.answer !== null && <p className="quiet">{t("alarm.answer", { answer: notice.answer })}</p>}
    </li>
  );
}
