/** What needs the owner, the worst first, and their machines, one card each. */
import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { alarmName } from "../alarms/alarmName";
import { alarmsQuery, machinesQuery } from "../api/queries";
import type { Alarm, DueItem, HelpRequest, Machine } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { quantity } from "../format/value";
import { Answer } from "../machine_page/Answer";
import { dueRange, isOver, leftWords } from "../machine_page/dueWords";
import { DueMark } from "../machine_page/DueMark";
import { StateMark } from "../machines/StateMark";
import { kindWord, shownState } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { severityRank } from "../severity/severity";
import { needsOf } from "./needs";
import { dueQuery, helpQuery } from "./queries";

const NEEDS_SHOWN = 8;
const MACHINES_SHOWN = 40;

export function MachinesPart() {
  return (
    <>
      <Needs />
      <Machines />
    </>
  );
}

function Needs() {
  const { t } = useTranslation();
  const alarms = useQuery(alarmsQuery("active"));
  const due = useQuery(dueQuery);
  const help = useQuery(helpQuery);
  const [all, setAll] = useState(false);
  const needs = useMemo(() => needsOf(alarms.data ?? [], due.data ?? [], help.data ?? []), [alarms.data, due.data, help.data]);
  const shown = all ? needs : needs.slice(0, NEEDS_SHOWN);
  return (
    <Panel id="needs" title={t("mine.needs")} aside={alarms.data && due.data && t("mine.needsCount", { count: needs.length })}>
      <Answer query={alarms}>
        {() =>
          needs.length === 0 ? (
            <EmptyNotice title={t("mine.nothingNeeded")} help={t("mine.nothingNeededHelp")} />
          ) : (
            <>
              <ul className="mine-needs">
                {shown.map((need) => (
                  <li key={need.key}>{need.alarm ? <AlarmNeed alarm={need.alarm} /> : need.due ? <DueNeed item={need.due} /> : <HelpNeed asked={need.help!} />}</li>
                ))}
              </ul>
              {shown.length < needs.length && (
                <Button type="link" onClick={() => setAll(true)}>
                  {t("mine.showAll", { count: needs.length })}
                </Button>
              )}
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

function AlarmNeed({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <div className="mine-need">
      <SeverityMark severity={alarm.severity} />
      <Link className="mine-need-what" to={`/live?machine=${alarm.machine.id}&alarm=${alarm.id}`}>
        <b>{alarmName(alarm, language)}</b>
        <small>
          {alarm.machine.name} · <Time at={alarm.raised_at} machine={alarm.machine.id} asAge />
          {alarm.acknowledged_at !== null && ` · ${t("mine.takenOn")}`}
        </small>
      </Link>
      <Link className="mine-need-do" to={`/mine/help?machine=${alarm.machine.id}&alarm=${alarm.id}`}>
        {t("mine.askHelp")}
      </Link>
    </div>
  );
}

function DueNeed({ item }: { item: DueItem }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <div className="mine-need">
      <DueMark item={item} />
      <Link className="mine-need-what" to={`/machines/${item.machine_id}?tab=service`}>
        <b>{language === "zh-CN" ? item.text.zh : item.text.en}</b>
        <small>
          {item.machine_name} · {leftWords(item.left, language, t)}
          {!isOver(item.left) && dueRange(item, language) !== null && ` · ${dueRange(item, language)}`}
        </small>
      </Link>
    </div>
  );
}

function HelpNeed({ asked }: { asked: HelpRequest }) {
  const { t } = useTranslation();
  return (
    <div className="mine-need">
      <span className="mine-help-mark">{t("mine.helpAsked")}</span>
      <Link className="mine-need-what" to="/mine/help">
        <b>{asked.text}</b>
        <small>
          {asked.machine_name} · <Time at={asked.asked_at} machine={asked.machine_id} asAge /> · {asked.taken_by === null ? t("mine.waiting") : t("mine.takenBy", { by: asked.taken_by })}
        </small>
      </Link>
    </div>
  );
}

function Machines() {
  const { t } = useTranslation();
  const machines = useQuery(machinesQuery);
  const [wanted, setWanted] = useState("");
  const [most, setMost] = useState(MACHINES_SHOWN);
  const found = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    const all = machines.data ?? [];
    const matching = text === "" ? all : all.filter((one) => `${one.name} ${one.pin} ${one.site ?? ""}`.toLowerCase().includes(text));
    return matching.toSorted((a, b) => severityRank(a.open_alarms.severity) - severityRank(b.open_alarms.severity) || a.name.localeCompare(b.name));
  }, [machines.data, wanted]);
  return (
    <Panel
      id="mine-machines"
      title={t("mine.part.machines")}
      aside={machines.data && t("fleet.online", { online: machines.data.filter((one) => one.online).length, all: machines.data.length })}
      tools={<Input allowClear value={wanted} placeholder={t("fleet.search")} aria-label={t("fleet.search")} onChange={(event) => setWanted(event.target.value)} />}
    >
      <Answer query={machines} rows={8}>
        {(all) =>
          found.length === 0 ? (
            <EmptyNotice title={all.length === 0 ? t("fleet.none") : t("fleet.noMatch")} help={all.length === 0 ? t("mine.noMachinesHelp") : t("mine.otherWords")} />
          ) : (
            <>
              <ul className="mine-cards">
                {found.slice(0, most).map((machine) => (
                  <MachineCard key={machine.id} machine={machine} />
                ))}
              </ul>
              {found.length > most && (
                <Button className="mine-more" onClick={() => setMost(most + MACHINES_SHOWN)}>
                  {t("alarms.more", { count: found.length - most })}
                </Button>
              )}
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

function MachineCard({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const fuel = machine.signals["fuel_level_pct"]?.value ?? null;
  return (
    <li className="mine-card" data-machine={machine.id}>
      <Link to={`/machines/${machine.id}`} className="mine-card-link">
        <span className="mine-card-name">
          <b>{machine.name}</b>
          <small>{[kindWord(machine.kind, t), machine.site].filter(Boolean).join(" · ")}</small>
        </span>
        <span className="mine-card-facts">
          <StateMark state={shownState(machine)} />
          <span className="figure">{t("mine.fuel", { level: quantity(fuel, "%", language) })}</span>
          <span className="quiet">
            <Time at={machine.measured_at} site={machine.site} asAge />
          </span>
        </span>
        {machine.open_alarms.severity !== null && <SeverityMark severity={machine.open_alarms.severity} />}
      </Link>
    </li>
  );
}
