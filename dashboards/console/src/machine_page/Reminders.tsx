/** What was told of the machine's plan, and keeping an item quiet for a while. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { answered, api, serverNow } from "../api/client";
import { queryClient } from "../api/queries";
import type { MaintenanceReminder } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { shownZone } from "../format/time";
import { When } from "../machines/When";
import { refusalWords } from "../session/problemWords";
import { Answer } from "./Answer";
import { dueRange, isOver, leftWords } from "./dueWords";
import { DueMark } from "./DueMark";
import { PlainTable } from "./PlainTable";
import { remindersQuery } from "./queries";
import { dayLater, dayOf, instantOf } from "./wallTime";

const USUAL_DAYS = 7;
const MOST_DAYS = 89; // the API takes 90 days from now, and the chosen day lasts to its end

export function Reminders({ machine, maySnooze }: { machine: string; maySnooze: boolean }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const reminders = useQuery(remindersQuery(machine));
  const [snoozing, setSnoozing] = useState<MaintenanceReminder | null>(null);
  return (
    <Panel id="reminders" title={t("machinePage.reminders")}>
      {snoozing !== null && <SnoozeForm key={snoozing.id} machine={machine} reminder={snoozing} onDone={() => setSnoozing(null)} />}
      <Answer query={reminders} rows={2}>
        {(found) => (
          <PlainTable<MaintenanceReminder>
            label={t("machinePage.reminders")}
            rows={found}
            keyOf={(one) => one.id}
            rowProps={(one) => ({ "data-reminder": one.item })}
            empty={t("machinePage.noReminders")}
            heads={[
              { title: t("machinePage.told"), cell: (one) => <When at={one.at} /> },
              { title: t("fleet.state"), cell: (one) => <DueMark item={one} /> },
              { title: t("machinePage.item"), cell: (one) => (language === "zh-CN" ? one.text.zh : one.text.en) },
              { title: t("machinePage.leftThen"), cell: (one) => leftWords(one.left, language, t) },
              { title: t("machinePage.expected"), cell: (one) => (isOver(one.left) ? null : dueRange(one, language)) ?? "–" },
              {
                title: t("machinePage.stands"),
                cell: (one) =>
                  !one.is_open ? t("machinePage.workDone") : one.snoozed_until !== null ? (
                    <>{t("machinePage.snoozedBy", { by: one.snoozed_by ?? "–" })} <When at={one.snoozed_until} /></>
                  ) : maySnooze ? (
                    <Button size="small" onClick={() => setSnoozing(one)}>{t("machinePage.snooze")}</Button>
                  ) : t("machinePage.open"),
              },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}

function SnoozeForm({ machine, reminder, onDone }: { machine: string; reminder: MaintenanceReminder; onDone: () => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const zone = shownZone();
  const today = dayOf(serverNow(), zone);
  const [until, setUntil] = useState(dayLater(today, USUAL_DAYS));
  const [reason, setReason] = useState("");
  const id = useId();
  const snooze = useMutation({
    mutationFn: () => {
      const body = { until: new Date(instantOf(`${dayLater(until, 1)}T00:00`, zone)).toISOString(), ...(reason.trim() === "" ? {} : { reason: reason.trim() }) };
      return answered(api.POST("/api/v1/reminders/{reminder_id}/snooze", { params: { path: { reminder_id: reminder.id } }, body }));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["machine", machine] });
      onDone();
    },
  });
  return (
    <form
      className="note-form"
      aria-label={t("machinePage.snooze")}
      onSubmit={(event) => {
        event.preventDefault();
        if (until !== "") snooze.mutate();
      }}
    >
      <label htmlFor={`${id}-until`}>
        {t("machinePage.snoozeUntil", { item: language === "zh-CN" ? reminder.text.zh : reminder.text.en })}
        <input id={`${id}-until`} className="plain-input" type="date" required min={today} max={dayLater(today, MOST_DAYS)} value={until} onChange={({ target }) => setUntil(target.value)} />
      </label>
      <label htmlFor={`${id}-why`}>
        {t("machinePage.snoozeWhy")}
        <Input id={`${id}-why`} value={reason} maxLength={500} onChange={({ target }) => setReason(target.value)} />
      </label>
      <span className="form-buttons">
        <Button type="primary" htmlType="submit" loading={snooze.isPending}>{t("machinePage.snooze")}</Button>
        <Button onClick={onDone}>{t("machinePage.cancel")}</Button>
      </span>
      {snooze.error !== null && <Alert type="error" showIcon title={refusalWords(snooze.error, t)} />}
    </form>
  );
}
