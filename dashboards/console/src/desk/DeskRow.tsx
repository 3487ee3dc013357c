/** One alarm of the queue in the table. Its controls are the browser's own: drawing them must not hold up scrolling. */
import { memo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { AlarmFacts } from "../alarms/AlarmFacts";
import { alarmName } from "../alarms/alarmName";
import type { Alarm } from "../api/types";
import { usePreferences } from "../app/preferences";
import { StateMark } from "../machines/StateMark";
import { kindWord } from "../machines/words";
import { SeverityMark } from "../severity/SeverityMark";
import { FirstOut, GroupButton, isUnseen, Signs, Since, Stands } from "./DeskParts";
import type { RowActions } from "./DeskList";
import type { DeskEntry, Place } from "./triage";

export interface DeskRowProps {
  readonly entry: DeskEntry;
  readonly alarm: Alarm;
  readonly place: Place;
  /** How many machines of its customer are hit. */
  readonly hit: number;
  readonly index: number;
  readonly isChosen: boolean;
  readonly isPicked: boolean;
  readonly isOpened: boolean;
  readonly isPending: boolean;
  readonly isTabStop: boolean;
  readonly actions: RowActions;
}

/** Whether a click was meant for something in the row. */
export function isForControl(event: MouseEvent): boolean {
  return event.target instanceof Element && event.target.closest("button, a, input, label") !== null;
}

export function rowAttributes({ entry, alarm, isChosen, isPicked, isTabStop, actions }: DeskRowProps) {
  return {
    "data-alarm": entry.id,
    "data-machine": alarm.machine.name,
    "data-pin": alarm.machine.pin,
    "data-source": alarm.source_key,
    "data-state": alarm.state,
    "data-acknowledged": alarm.acknowledged_at !== null,
    "data-behind": entry.behind.length,
    "data-picked": isPicked,
    "aria-current": isChosen,
    tabIndex: isTabStop ? 0 : -1,
    onClick: (event: MouseEvent): void => {
      if (!isForControl(event)) actions.onChoose(entry.id);
    },
  };
}

/** A row that only moves down has another number and the same cells. */
export function DeskRow(props: DeskRowProps) {
  const { entry, alarm, place, hit, index, isChosen, isPicked, isOpened, isPending, actions } = props;
  const classes = ["live-row", "desk-row", isChosen ? "live-row-selected" : "", isTaken(alarm) ? "desk-row-taken" : "", entry.isBehind ? "desk-row-behind" : ""];
  return (
    <tr className={classes.filter(Boolean).join(" ")} aria-rowindex={index + 2} {...rowAttributes(props)}>
      <Cells entry={entry} alarm={alarm} place={place} hit={hit} isPicked={isPicked} isOpened={isOpened} isPending={isPending} actions={actions} />
    </tr>
  );
}

/** Whether somebody has it, or it is over. */
export function isTaken(alarm: Alarm): boolean {
  return alarm.acknowledged_at !== null || alarm.state !== "active";
}

type CellsProps = Omit<DeskRowProps, "index" | "isChosen" | "isTabStop">;

const Cells = memo(function Cells({ entry, alarm, place, hit, isPicked, isOpened, isPending, actions }: CellsProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const words = alarmName(alarm, language);
  return (
    <>
      <td>
        <input type="checkbox" className="desk-pick" checked={isPicked} tabIndex={-1} aria-label={t("desk.pick", { alarm: words, machine: alarm.machine.name })} onChange={() => actions.onPick(entry)} />
      </td>
      <td>
        <SeverityMark severity={alarm.severity} quiet={isTaken(alarm)} />
      </td>
      <td>
        <span className="desk-line desk-name" title={words}>
          <GroupButton entry={entry} isOpened={isOpened} onOpen={actions.onOpenGroup} />
          <b>{words}</b>
          <FirstOut entry={entry} />
        </span>
        <span className="desk-line desk-facts">
          <Signs alarm={alarm} />
          <AlarmFacts alarm={alarm} />
        </span>
      </td>
      <td>
        <span className="desk-line" title={alarm.machine.pin}>
          {alarm.machine.name}
        </span>
        <small className="desk-line quiet">{kindWord(alarm.machine.kind, t)}</small>
      </td>
      <td>
        <StateMark state={place.state} />
        {place.isOnly && (
          <small className="desk-line quiet" title={t("desk.onlyHelp")}>
            {t("desk.only")}
          </small>
        )}
      </td>
      <td>
        <span className="desk-line" title={place.site ?? undefined}>
          {place.site ?? "–"}
        </span>
        <small className="desk-line quiet" title={place.customer ?? undefined}>
          {place.customer ?? "–"}
          {hit > 1 && <b title={t("desk.hitHelp", { count: hit })}> ×{hit}</b>}
        </small>
      </td>
      <td>
        <Since alarm={alarm} site={place.site} />
      </td>
      <td>
        <Stands alarm={alarm}>
          {actions.onAcknowledge !== null && isUnseen(alarm) && (
            <button
              type="button"
              className="desk-ack"
              disabled={isPending}
              tabIndex={-1}
              onClick={() => actions.onAcknowledge?.(entry.id)}
              title={t("alarms.acknowledgeHelp")}
              aria-label={t("alarms.acknowledgeThis", { alarm: words, machine: alarm.machine.name })}
              data-testid="acknowledge"
            >
              {t("alarms.acknowledge")}
            </button>
          )}
        </Stands>
      </td>
    </>
  );
});
