/** The machine's fault codes with their times and counts, and its alarms of the chosen days. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSearchParams } from "../app/search";
import { alarmName, signalName } from "../alarms/alarmName";
import { faultCode } from "../alarms/faultCode";
import { signalsQuery } from "../api/queries";
import type { Alarm, MachineFault } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { SeverityMark } from "../severity/SeverityMark";
import { Answer } from "./Answer";
import { DaysPick, useDays } from "./DaysPick";
import { duration } from "./duration";
import type { TabProps } from "./MachinePage";
import { withPart } from "./machinesFilter";
import { PlainTable } from "./PlainTable";
import { faultsQuery, machineAlarmsQuery } from "./queries";

export function FaultsTab({ machine }: TabProps) {
  return (
    <>
      <Alarms machine={machine} />
      <Faults machine={machine} />
    </>
  );
}

function Alarms({ machine }: TabProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { days, stretch, set } = useDays(31);
  const open = useQuery(machineAlarmsQuery(machine.id, "open"));
  const raised = useQuery({ ...machineAlarmsQuery(machine.id, stretch), placeholderData: keepPreviousData });
  const shown = (alarms: readonly Alarm[]): Alarm[] => [...(open.data ?? []), ...alarms.filter((alarm) => !open.data?.some((other) => other.id === alarm.id))];
  return (
    <Panel id="alarms" title={t("machinePage.alarms")} aside={open.data && t("fleet.openAlarms", { count: open.data.length })} tools={<DaysPick days={days} set={set} />}>
      <Answer query={raised}>
        {(alarms) => (
          <PlainTable
            tall
            label={t("machinePage.alarms")}
            rows={shown(alarms)}
            keyOf={(alarm) => alarm.id}
            rowProps={(alarm) => ({ "data-alarm-row": alarm.id })}
            empty={t("machinePage.noAlarms")}
            heads={[
              { title: t("machinePage.severity"), cell: (alarm) => <SeverityMark severity={alarm.severity} quiet={alarm.state !== "active" || alarm.acknowledged_at !== null} /> },
              { title: t("alarm.one"), cell: (alarm) => <Link to={`/alarms/${alarm.id}`}>{alarmName(alarm, language)}</Link> },
              { title: t("alarm.raised"), cell: (alarm) => <When at={alarm.raised_at} /> },
              { title: t("alarm.cleared"), cell: (alarm) => (alarm.state === "active" ? t("alarms.state.active") : alarm.cleared_at === null ? t(`alarms.state.${alarm.state}`) : <When at={alarm.cleared_at} />) },
              { title: t("machinePage.lasted"), figures: true, cell: (alarm) => duration((alarm.cleared_at === null ? Date.now() : Date.parse(alarm.cleared_at)) - Date.parse(alarm.raised_at), language) },
              { title: t("alarm.acknowledged"), cell: (alarm) => alarm.acknowledged_by ?? "–" },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}

function Faults({ machine }: TabProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [search, setSearch] = useSearchParams();
  const onlyActive = search.get("codes") === "active";
  const faults = useQuery(faultsQuery(machine.id));
  const { data: catalogue } = useQuery(signalsQuery);
  const all = faults.data?.items ?? [];
  const sender = (fault: MachineFault) => {
    const controller = faultCode(fault.key)?.controller ?? null;
    return controller === null ? "–" : t(`controller.${controller}`, { address: fault.source_address });
  };
  return (
    <Panel
      id="faults"
      title={t("machinePage.faults")}
      aside={t("machinePage.faultsAside", { active: all.filter((fault) => fault.active).length, all: all.length })}
      tools={
        <Segmented
          size="small"
          aria-label={t("machinePage.whichCodes")}
          value={onlyActive ? "active" : "all"}
          onChange={(which) => setSearch((before) => withPart(before, "codes", which === "active" ? which : null), { replace: true })}
          options={[{ value: "active", label: t("machinePage.activeCodes") }, { value: "all", label: t("machinePage.allCodes") }]}
        />
      }
    >
      <Answer query={faults}>
        {(data) => (
          <PlainTable
            label={t("machinePage.faults")}
            rows={data.items.filter((fault) => fault.active || !onlyActive).toSorted((a, b) => Number(b.active) - Number(a.active) || Date.parse(b.last_seen_at) - Date.parse(a.last_seen_at))}
            keyOf={(fault) => fault.key}
            rowProps={(fault) => ({ "data-fault": fault.key })}
            empty={t("machinePage.noFaults")}
            heads={[
              { title: t("fleet.state"), cell: (fault) => <span className={fault.active ? "fault-on" : "quiet"}>{fault.active ? t("machinePage.faultActive") : t("machinePage.faultGone")}</span> },
              { title: t("machinePage.faultCode"), cell: (fault) => <span className="fault-code" title={t("alarms.codeHelp")}>SPN {fault.spn} · FMI {fault.fmi}</span> },
              { title: t("machinePage.meaning"), cell: (fault) => (language === "zh-CN" ? fault.text.zh : fault.text.en) },
              { title: t("machinePage.sender"), cell: sender },
              { title: t("machinePage.signal"), cell: (fault) => (fault.signal === null ? "–" : signalName(catalogue, fault.signal, language)) },
              { title: t("machinePage.times"), figures: true, cell: (fault) => fault.occurrence_count ?? "–" },
              { title: t("machinePage.first"), cell: (fault) => <When at={fault.first_seen_at} /> },
              { title: t("machinePage.last"), cell: (fault) => (fault.active ? t("machinePage.faultStill") : <When at={fault.last_seen_at} />) },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
