/** The columns of the list of machines. */
import type { TFunction } from "i18next";
import { CodeWord } from "../alarms/CodeWord";
import { FLEET_SIGNALS } from "../api/queries";
import type { DueItem, Machine } from "../api/types";
import type { Language } from "../app/preferences";
import { Time } from "../app/Time";
import { number, unitOfKey, unitWord } from "../format/value";
import { StateMark } from "../machines/StateMark";
import { kindWord, shownState } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import type { Column } from "../table/LiveTable";
import { DueMark } from "./DueMark";

export const CHOSEN_COLUMNS = ["kind", "model", "site", "organisation", "due"];
export const OTHER_COLUMNS = ["mode", ...FLEET_SIGNALS];

interface Choices {
  readonly t: TFunction;
  readonly language: Language;
  readonly due: ReadonlyMap<string, DueItem>;
  readonly chosen: readonly string[];
  readonly narrow: boolean;
}

const text = (value: string | null) => (value === null ? <span className="quiet">–</span> : <span title={value}>{value}</span>);

/** A column's name, as its head and the choice of columns have it. */
export function columnWord(key: string, t: TFunction): string {
  if (key === "kind") return t("fleet.kind");
  if (key === "model") return t("machinePage.model");
  if (key === "site") return t("machinePage.site");
  if (key === "organisation") return t("machinePage.owner");
  if (key === "mode") return t("machinePage.mode");
  if (key === "due") return t("machinePage.due");
  return t(`fleet.signalHelp.${key as (typeof FLEET_SIGNALS)[number]}`);
}

export function machineColumns(choices: Choices): Column<Machine>[] {
  const { t, narrow, chosen } = choices;
  if (narrow) return [nameColumn(choices), stateColumn(choices), alarmColumn(choices)];
  const seen: Column<Machine> = { key: "seen", title: t("fleet.seen"), figures: true, width: 76, render: (machine) => <Time at={machine.measured_at} site={machine.site} asAge /> };
  const wanted = [...CHOSEN_COLUMNS, ...OTHER_COLUMNS].filter((key) => chosen.includes(key));
  return [alarmColumn(choices), nameColumn(choices), stateColumn(choices), seen, ...wanted.map((key) => chosenColumn(key, choices))];
}

function alarmColumn({ t, narrow }: Choices): Column<Machine> {
  return {
    key: "alarms",
    title: t("fleet.alarms"),
    width: narrow ? 112 : 138,
    render: ({ open_alarms: { severity, count } }) =>
      severity === null ? (
        <span className="quiet">–</span>
      ) : (
        <span className="alarm-cell">
          <SeverityMark severity={severity} />
          {count > 1 && <span className="alarm-count" title={t("fleet.openAlarms", { count })}>×{count}</span>}
        </span>
      ),
  };
}

function nameColumn({ t, narrow }: Choices): Column<Machine> {
  return {
    key: "name",
    title: t("fleet.machine"),
    render: (machine) => (
      <span className="machine-cell" title={`${machine.name} · ${machine.pin}`}>
        <b>{machine.name}</b>
        <small>{narrow ? [kindWord(machine.kind, t), machine.site].filter(Boolean).join(" · ") : machine.pin}</small>
      </span>
    ),
  };
}

function stateColumn({ t, narrow }: Choices): Column<Machine> {
  return {
    key: "state",
    title: t("fleet.state"),
    width: narrow ? 104 : 104,
    render: (machine) => (
      <span className="machine-cell">
        <StateMark state={shownState(machine)} />
        {narrow && <small><Time at={machine.measured_at} site={machine.site} asAge /></small>}
      </span>
    ),
  };
}

function chosenColumn(key: string, choices: Choices): Column<Machine> {
  const { t, language, due } = choices;
  const title = columnWord(key, t);
  if (key === "kind") return { key, title, width: 112, render: (machine) => kindWord(machine.kind, t) };
  if (key === "model" || key === "site" || key === "organisation") return { key, title, width: key === "model" ? 120 : 156, render: (machine) => text(machine[key]) };
  if (key === "mode") return { key, title, width: 104, render: ({ mode }) => (mode === null ? text(null) : <CodeWord list="machine_modes" code={mode} />) };
  if (key === "due") return { key, title, width: 136, render: ({ id }) => (due.has(id) ? <DueMark item={due.get(id)!} /> : text(null)) };
  const unit = unitOfKey(key);
  return {
    key: `signal:${key}`,
    title: t(`fleet.signal.${key as (typeof FLEET_SIGNALS)[number]}`),
    unit: unitWord(unit),
    help: title,
    figures: true,
    width: 72,
    render: (machine) => number(machine.signals[key]?.value, unit, language),
  };
}
