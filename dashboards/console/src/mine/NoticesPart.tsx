/** What the viewer was told, and how they want to be. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CodeWord } from "../alarms/CodeWord";
import type { Notice } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { Time } from "../app/Time";
import { Answer } from "../machine_page/Answer";
import { SeverityMark } from "../severity/SeverityMark";
import { AddressesPanel } from "./AddressesPanel";
import { MutesPanel } from "./MutesPanel";
import { PreferencesPanel } from "./PreferencesPanel";
import { noticesQuery } from "./queries";

export function NoticesPart() {
  const { t } = useTranslation();
  const notices = useQuery(noticesQuery);
  return (
    <div className="mine-two">
      <Panel id="notices" title={t("mine.noticesTold")}>
        <Answer query={notices} rows={8}>
          {(items) =>
            items.length === 0 ? (
              <EmptyNotice title={t("mine.noNotices")} help={t("mine.noNoticesHelp")} />
            ) : (
              <ol className="mine-notices">
                {items.map((notice) => (
                  <Told key={notice.id} notice={notice} />
                ))}
              </ol>
            )
          }
        </Answer>
      </Panel>
      <div className="mine-column">
        <PreferencesPanel />
        <AddressesPanel />
        <MutesPanel />
      </div>
    </div>
  );
}

function Told({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  const subject = notice.subject === "" ? t("mine.notWritten") : notice.subject;
  return (
    <li>
      <details>
        <summary>
          <SeverityMark severity={notice.severity} quiet />
          <span className="mine-subject">{subject}</span>
          <span className="quiet">
            <Time at={notice.made_at} /> · <CodeWord list="notice_channels" code={notice.channel} /> · <CodeWord list="notice_states" code={notice.state} />
          </span>
        </summary>
        <pre className="mine-body" lang={notice.language}>{notice.body === "" ? t("alarm.unwritten") : notice.body}</pre>
        {notice.alarm_id !== null && <Link to={`/live?alarm=${notice.alarm_id}`}>{t("mine.openAlarm")}</Link>}
      </details>
    </li>
  );
}
