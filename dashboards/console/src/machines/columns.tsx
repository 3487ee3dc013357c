/** The fleet table's columns. */
import type { TFunction } from "i18next";
import { FLEET_SIGNALS } from "../api/queries";
import type { Machine } from "../api/types";
import type { Language } from "../app/preferences";
import { Time } from "../app/Time";
import { number, unitOfKey, unitWord } from "../format/value";
import { SeverityMark } from "../severity/SeverityMark";
import { SEVERITIES } from "../severity/severity";
import type { Column } from "../table/LiveTable";
import type { FleetFilters } from "./sorting";
import { StateMark } from "./StateMark";
import { kindWord, SHOWN_STATES, shownState } from "./words";

interface ColumnChoices {
  readonly t: TFunction;
  readonly language: Language;
  readonly kinds: readonly string[];
  readonly filters: FleetFilters;
  readonly setFilters: (filters: FleetFilters) => void;
  readonly narrow: boolean;
}

export function fleetColumns(choices: ColumnChoices): Column<Machine>[] {
  const { t, narrow } = choices;
  if (narrow) return [nameColumn(choices), stateColumn(choices), alarmColumn(choices)];
  const seen: Column<Machine> = {
    key: "seen",
    title: t("fleet.seen"),
    figures: true,
    width: 64,
    render: (machine) => <Time at={machine.measured_at} site={machine.site} asAge />,
  };
  return [alarmColumn(choices), nameColumn(choices), kindColumn(choices), stateColumn(choices), ...signalColumns(choices), seen];
}

function alarmColumn({ t, filters, setFilters, narrow }: ColumnChoices): Column<Machine> {
  const severities = SEVERITIES.map((value) => ({ value: value as string, text: t(`severity.${value}`) }));
  return {
    key: "alarms",
    title: t("fleet.alarms"),
    width: narrow ? 134 : 142,
    filter: {
      options: [...severities, { value: "none", text: t("fleet.noAlarm") }],
      chosen: filters.alarms,
      onChange: (alarms) => setFilters({ ...filters, alarms }),
    },
    render: ({ open_alarms: { severity, count } }) =>
      severity === null ? (
        <span className="quiet">–</span>
      ) : (
        <span className="alarm-cell">
          <SeverityMark severity={severity} />
          {count > 1 && (
            <span className="alarm-count" title={t("fleet.openAlarms", { count })}>
              ×{count}
            </span>
          )}
        </span>
      ),
  };
}

function nameColumn({ t, narrow }: ColumnChoices): Column<Machine> {
  return {
    key: "name",
    title: t("fleet.machine"),
    render: (machine) => (
      <span className="machine-cell" title={`${machine.name} · ${machine.pin}`}>
        <b>{machine.name}</b>
        {narrow && <small>{kindWord(machine.kind, t)}</small>}
      </span>
    ),
  };
}

function kindColumn({ t, kinds, filters, setFilters }: ColumnChoices): Column<Machine> {
  return {
    key: "kind",
    title: t("fleet.kind"),
    width: 102,
    filter: {
      options: kinds.map((value) => ({ value, text: kindWord(value, t) })),
      chosen: filters.kind,
      onChange: (kind) => setFilters({ ...filters, kind }),
    },
    render: (machine) => kindWord(machine.kind, t),
  };
}

function stateColumn({ t, filters, setFilters, narrow }: ColumnChoices): Column<Machine> {
  return {
    key: "state",
    title: t("fleet.state"),
    width: narrow ? 108 : 90,
    filter: {
      options: SHOWN_STATES.map((value) => ({ value, text: t(`state.${value}`) })),
      chosen: filters.state,
      onChange: (state) => setFilters({ ...filters, state }),
    },
    render: (machine) =>
      narrow ? (
        <span className="machine-cell">
          <StateMark state={shownState(machine)} />
          <small>
            <Time at={machine.measured_at} site={machine.site} asAge />
          </small>
        </span>
      ) : (
        <StateMark state={shownState(machine)} />
      ),
  };
}

function signalColumns({ t, language }: ColumnChoices): Column<Machine>[] {
  return FLEET_SIGNALS.map((key) => {
    const unit = unitOfKey(key);
    return {
      key: `signal:${key}`,
      title: t(`fleet.signal.${key}`),
      unit: unitWord(unit),
      help: t(`fleet.signalHelp.${key}`),
      figures: true,
      width: 60,
      render: (machine: Machine) => number(machine.signals[key]?.value, unit, language),
    };
  });
}
