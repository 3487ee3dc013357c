/** The fleet table's columns. */
import type { TableColumnsType, TableColumnType } from "antd";
import type { TFunction } from "i18next";
import { FLEET_SIGNALS } from "../api/queries";
import type { Machine } from "../api/types";
import { Age } from "../app/Age";
import type { Language } from "../app/preferences";
import { number, unitOfKey, unitWord } from "../format/value";
import { SeverityMark } from "../severity/SeverityMark";
import { SEVERITIES } from "../severity/severity";
import type { Sort, SortKey } from "./sorting";
import { StateMark } from "./StateMark";
import { kindWord, SHOWN_STATES, shownState } from "./words";

interface ColumnChoices {
  readonly t: TFunction;
  readonly language: Language;
  readonly kinds: readonly string[];
  readonly sort: Sort;
  readonly filters: { readonly kind: readonly string[]; readonly state: readonly string[]; readonly alarms: readonly string[] };
  readonly narrow: boolean;
}

export function fleetColumns(choices: ColumnChoices): TableColumnsType<Machine> {
  const { t, language, sort, filters, narrow } = choices;
  const sortable = (key: SortKey): Pick<TableColumnType<Machine>, "key" | "sorter" | "sortOrder"> => ({
    key,
    sorter: true,
    sortOrder: sort.key === key ? (sort.descending ? "descend" : "ascend") : null,
  });
  const alarms: TableColumnType<Machine> = {
    ...sortable("alarms"),
    title: t("fleet.alarms"),
    width: narrow ? 104 : 98,
    filters: [...SEVERITIES.map((value) => ({ value, text: t(`severity.${value}`) })), { value: "none", text: t("fleet.noAlarm") }],
    filteredValue: [...filters.alarms],
    render: (_, { open_alarms: { severity, count } }) =>
      severity === null ? (
        <span className="quiet">–</span>
      ) : (
        <span className="alarm-cell">
          <SeverityMark severity={severity} />
          {count > 1 && <span className="alarm-count" title={t("fleet.openAlarms", { count })}>×{count}</span>}
        </span>
      ),
  };
  const name: TableColumnType<Machine> = {
    ...sortable("name"),
    title: t("fleet.machine"),
    ellipsis: true,
    ...(narrow ? { width: 130 } : {}),
    render: (_, machine) => (
      <span className="machine-cell" title={`${machine.name} · ${machine.pin}`}>
        <b>{machine.name}</b>
        {narrow && <small>{kindWord(machine.kind, t)}</small>}
      </span>
    ),
  };
  const kind: TableColumnType<Machine> = {
    ...sortable("kind"),
    title: t("fleet.kind"),
    ellipsis: true,
    width: 108,
    filters: choices.kinds.filter(Boolean).map((value) => ({ value, text: kindWord(value, t) })),
    filteredValue: [...filters.kind],
    render: (_, machine) => kindWord(machine.kind, t),
  };
  const state: TableColumnType<Machine> = {
    ...sortable("state"),
    title: t("fleet.state"),
    width: narrow ? 92 : 98,
    filters: SHOWN_STATES.map((value) => ({ value, text: t(`state.${value}`) })),
    filteredValue: [...filters.state],
    render: (_, machine) =>
      narrow ? (
        <span className="machine-cell">
          <StateMark state={shownState(machine)} />
          <small>
            <Age at={machine.measured_at} />
          </small>
        </span>
      ) : (
        <StateMark state={shownState(machine)} />
      ),
  };
  if (narrow) return [name, state, alarms];
  const signals = FLEET_SIGNALS.map((key): TableColumnType<Machine> => {
    const unit = unitOfKey(key);
    return {
      ...sortable(`signal:${key}`),
      title: (
        <span className="signal-head" title={t(`fleet.signalHelp.${key}`)}>
          {t(`fleet.signal.${key}`)}
          <small>{unitWord(unit)}</small>
        </span>
      ),
      align: "right",
      className: "figure-head",
      width: 64,
      render: (_, machine) => <span className="figure">{number(machine.signals[key]?.value, unit, language)}</span>,
    };
  });
  const seen: TableColumnType<Machine> = {
    ...sortable("seen"),
    title: t("fleet.seen"),
    align: "right",
    className: "figure-head",
    width: 66,
    render: (_, machine) => <Age at={machine.measured_at} />,
  };
  return [alarms, name, kind, state, ...signals, seen];
}
