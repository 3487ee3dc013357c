/** What the table's row and the phone's card have in common. */
import { CheckOutlined, ClockCircleOutlined, UserOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import type { Alarm } from "../api/types";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { useNow } from "../app/useNow";
import { age, instant } from "../format/time";
import type { DeskEntry } from "./triage";

/** Whether it can be acknowledged, be it that it is over. */
export function isUnseen(alarm: Alarm): boolean {
  return alarm.lifecycle === "active_unacknowledged" || alarm.lifecycle === "returned_unacknowledged";
}

/** How many stand behind an alarm, and whether they are shown. */
export function GroupButton({ entry, isOpened, onOpen }: { entry: DeskEntry; isOpened: boolean; onOpen: (alarmId: string) => void }) {
  const { t } = useTranslation();
  const count = entry.behind.length;
  if (count === 0) return null;
  return (
    <button type="button" className="desk-group" aria-expanded={isOpened} title={t("desk.behindHelp", { count })} aria-label={t("desk.behindHelp", { count })} onClick={() => onOpen(entry.id)}>
      <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
        <path d={isOpened ? "M0 2h8L4 7z" : "M2 0v8l5-4z"} fill="currentColor" />
      </svg>
      +{count}
    </button>
  );
}

export function FirstOut({ entry }: { entry: DeskEntry }) {
  const { t } = useTranslation();
  if (!entry.isFirstOut) return null;
  return (
    <em className="desk-tag desk-tag-first" title={t("desk.firstOutHelp")} data-testid="first-out">
      {t("desk.firstOut")}
    </em>
  );
}

/** What is particular about an alarm, in a word each. */
export function Signs({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  return (
    <>
      {alarm.inhibited_by !== null && <em className="desk-tag">{t("desk.explained")}</em>}
      {alarm.chattering && <em className="desk-tag">{t("desk.chattering")}</em>}
      {alarm.historic && <em className="desk-tag">{t("alarms.late")}</em>}
      {alarm.escalation > 0 && <em className="desk-tag desk-tag-strong">{t("desk.escalated", { level: alarm.escalation })}</em>}
    </>
  );
}

/** `site`: where its machine stands. */
export function Since({ alarm, site }: { alarm: Alarm; site: string | null }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const now = useNow();
  const then = Date.parse(alarm.raised_at);
  return (
    <span className="desk-since">
      <Time at={alarm.raised_at} site={site} />
      <small className="quiet">{alarm.state === "active" ? age(now - then, language) : t(`alarms.state.${alarm.state}`)}</small>
    </span>
  );
}

/** Where it stands with people: who has it, who saw it, why it calls nobody. */
export function Stands({ alarm, children }: { alarm: Alarm; children?: ReactNode }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const at = alarm.acknowledged_at === null ? "" : instant(Date.parse(alarm.acknowledged_at), language);
  return (
    <span className="desk-stands">
      {children}
      {alarm.acknowledged_at !== null && (
        <span className="desk-line" title={t("alarms.takenBy", { by: alarm.acknowledged_by ?? "–", at })}>
          <CheckOutlined aria-hidden /> {alarm.acknowledged_by ?? t("alarms.taken")}
        </span>
      )}
      {alarm.assigned_to !== null && (
        <span className="desk-line" title={t("desk.assignedTo", { login: alarm.assigned_to })}>
          <UserOutlined aria-hidden /> {alarm.assigned_to}
        </span>
      )}
      {alarm.suppression !== null && (
        <span className="desk-line">
          <ClockCircleOutlined aria-hidden /> <CodeWord list="alarm_suppressions" code={alarm.suppression} />
        </span>
      )}
    </span>
  );
}
