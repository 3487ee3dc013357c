/** The limits by which alarms are judged: chattering, fleeting, stale, floods, escalation. One thing, without a list. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { AlarmSettings } from "../../api/types";
import { ErrorNotice } from "../../app/Notice";
import { PageLoading } from "../../app/PageLoading";
import { Panel } from "../../app/Panel";
import { ask, type Row } from "../noun";
import type { Section } from "../section";
import { Editing } from "../ThingPanel";
import { oneQuery } from "../useRows";

type Settings = AlarmSettings & Row;

const named = async (asked: Promise<AlarmSettings>): Promise<Settings> => ({ ...(await asked), id: "settings" });

const section: Section<Settings> = {
  key: "alarmSettings",
  noun: {
    path: "alarm-settings",
    list: async () => ({ items: [], next_cursor: null }),
    one: (_id, signal) => named(ask("GET", "/alarm-settings", signal === undefined ? {} : { signal })),
    create: () => Promise.reject(new Error("there is one only")),
    change: (_id, version, body) => named(ask("PATCH", "/alarm-settings", { body, version })),
    remove: () => Promise.reject(new Error("it stays")),
  },
  edit: "edit_rules",
  history: false,
  columns: [],
  fields: [
    { name: "chattering_count", kind: "number", min: 2, whole: true, help: "chattering" },
    { name: "chattering_within_s", kind: "number", min: 1, whole: true, unit: "s" },
    { name: "fleeting_s", kind: "number", min: 1, whole: true, unit: "s", help: "fleeting" },
    { name: "stale_after_h", kind: "number", min: 1, whole: true, unit: "h", help: "stale" },
    { name: "flood_begins", kind: "number", min: 1, whole: true, help: "flood" },
    { name: "flood_ends", kind: "number", min: 1, whole: true },
    { name: "escalate_after_min", kind: "figures", list: "severities", codes: ["critical", "high", "medium", "low"], unit: "min", help: "escalation" },
  ],
  nameOf: () => "",
};

export function AlarmSettingsPage() {
  const { t } = useTranslation();
  const settings = useQuery(oneQuery(section.noun, "settings"));
  return (
    <Panel id="admin-list" title={t("admin.section.alarmSettings")}>
      <div className="admin-scroll admin-detail-body admin-one">
        {settings.isError ? <ErrorNotice error={settings.error} retry={() => void settings.refetch()} /> : settings.data === undefined ? <PageLoading /> : <Editing section={section} row={settings.data} />}
      </div>
    </Panel>
  );
}
