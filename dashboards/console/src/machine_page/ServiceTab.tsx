/** What the machine needs and when, what was done, and what was told of it. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import { ApiError } from "../api/client";
import { sessionQuery } from "../api/queries";
import type { MachineMaintenance, MaintenanceItem } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { quantity } from "../format/value";
import { When } from "../machines/When";
import { Answer } from "./Answer";
import { DoneForm } from "./DoneForm";
import { DoneList } from "./DoneList";
import { dueRange, isOver, leftWords } from "./dueWords";
import { DueMark } from "./DueMark";
import { Facts } from "./Facts";
import type { TabProps } from "./MachinePage";
import { PlainTable } from "./PlainTable";
import { maintenanceQuery } from "./queries";
import { Reminders } from "./Reminders";

export function ServiceTab({ machine }: TabProps) {
  const { t } = useTranslation();
  const plan = useQuery(maintenanceQuery(machine.id));
  const { data: me } = useQuery(sessionQuery);
  const mayRecord = me?.rights.includes("record_maintenance") === true;
  if (plan.error instanceof ApiError && plan.error.status === 404)
    return <EmptyNotice title={t("machinePage.serviceNotYours")} help={t("machinePage.serviceNotYoursHelp")} />;
  return (
    <>
      <Answer query={plan} rows={8}>{(data) => <Plan plan={data} machine={machine.id} mayRecord={mayRecord} />}</Answer>
      <Reminders machine={machine.id} maySnooze={mayRecord} />
      <DoneList machine={machine.id} />
    </>
  );
}

function Plan({ plan, machine, mayRecord }: { plan: MachineMaintenance; machine: string; mayRecord: boolean }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [recording, setRecording] = useState<readonly string[] | null>(null);
  const meters = plan.meters;
  const shown = (value: number | null, unit: string) => (value === null ? t("machinePage.unknown") : quantity(value, unit, language));
  const begin = (item: MaintenanceItem) => setRecording([item.item]);
  return (
    <Panel
      id="plan"
      title={t("machinePage.plan")}
      aside={plan.plan_name ?? t("machinePage.noPlan")}
      tools={
        mayRecord && plan.items.length > 0 && recording === null ? (
          <Button size="small" type="primary" onClick={() => setRecording([])} data-testid="done-new">
            {t("machinePage.recordWork")}
          </Button>
        ) : undefined
      }
    >
      <div className="panel-pad">
        <Facts
          items={[
            [t("machinePage.meterHours"), <span key="h" data-testid="meter-hours">{shown(meters.engine_hours_h, "h")}</span>],
            [t("machinePage.meterDistance"), meters.distance_km === null ? null : shown(meters.distance_km, "km")],
            [t("machinePage.meterFuel"), meters.fuel_used_l === null ? null : shown(meters.fuel_used_l, "L")],
            [t("machinePage.asOf"), meters.as_of === null ? null : <When key="at" at={meters.as_of} />],
          ]}
        />
      </div>
      {recording !== null && <DoneForm key={recording.join()} machine={machine} items={plan.items} chosen={recording} onDone={() => setRecording(null)} />}
      <PlainTable
        label={t("machinePage.plan")}
        rows={plan.items}
        keyOf={(item) => item.item}
        rowProps={(item) => ({ "data-item": item.item })}
        empty={plan.plan_id === null ? t("machinePage.noPlanHelp") : t("machinePage.noItems")}
        heads={[
          { title: t("fleet.state"), cell: (item) => <DueMark item={item} /> },
          { title: t("machinePage.item"), cell: (item) => (language === "zh-CN" ? item.text.zh : item.text.en) },
          { title: t("machinePage.task"), cell: (item) => <CodeWord list="maintenance_tasks" code={item.task} /> },
          { title: t("machinePage.left"), cell: (item) => leftWords(item.left, language, t) },
          {
            title: t("machinePage.expected"),
            cell: (item) => isOver(item.left) ? "–" : <span title={t("machinePage.expectedHelp")}>{dueRange(item, language) ?? <span className="quiet">{t("machinePage.notForeseen")}</span>}</span>,
          },
          { title: t("machinePage.snoozedUntil"), cell: (item) => <When at={item.snoozed_until} /> },
          ...(mayRecord
            ? [{ title: t("machinePage.work"), cell: (item: MaintenanceItem) => <Button size="small" onClick={() => begin(item)} aria-label={t("machinePage.recordThis", { item: language === "zh-CN" ? item.text.zh : item.text.en })}>{t("machinePage.record")}</Button> }]
            : []),
        ]}
      />
    </Panel>
  );
}
