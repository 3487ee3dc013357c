/** The queue: on a desk a table, on a phone cards; only what is in sight is drawn. */
import { Checkbox } from "antd";
import { memo, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";
import type { Alarm } from "../api/types";
import { useRowWindow } from "../table/useRowWindow";
import { DeskCard } from "./DeskCard";
import { DeskRow } from "./DeskRow";
import { type DeskEntry, type Place, UNKNOWN_PLACE } from "./triage";

export interface DeskListHandle {
  /** Brings a row into sight and gives it the focus. */
  readonly focus: (index: number) => void;
  readonly toTop: () => void;
}

export interface RowActions {
  readonly onChoose: (alarmId: string) => void;
  readonly onPick: (entry: DeskEntry) => void;
  readonly onOpenGroup: (alarmId: string) => void;
  /** null: the viewer may not. */
  readonly onAcknowledge: ((alarmId: string) => void) | null;
  readonly onShelve: ((alarmId: string) => void) | null;
}

interface DeskListProps {
  readonly entries: readonly DeskEntry[];
  readonly byId: ReadonlyMap<string, Alarm>;
  readonly places: ReadonlyMap<string, Place>;
  readonly hits: ReadonlyMap<string, number>;
  readonly chosenId: string | null;
  readonly picked: ReadonlySet<string>;
  readonly opened: ReadonlySet<string>;
  readonly pending: ReadonlySet<string>;
  readonly actions: RowActions;
  readonly isPhone: boolean;
  readonly onPickAll: () => void;
  /** Asks for older ones when the end comes into sight; null: this is all. */
  readonly more: (() => void) | null;
  readonly ref: Ref<DeskListHandle>;
}

const ROW_PX = 46;
const CARD_PX = 154;
const HEAD_PX = 34;

export function DeskList(props: DeskListProps) {
  const { entries, isPhone, more, chosenId } = props;
  const rowPx = isPhone ? CARD_PX : ROW_PX;
  const sight = useRowWindow(entries.length, rowPx, isPhone ? 0 : HEAD_PX);
  const wanted = useRef<string | null>(null);
  useImperativeHandle(props.ref, () => ({
    focus: (index) => {
      const entry = entries[index];
      if (entry === undefined) return;
      sight.reveal(index);
      wanted.current = focusRow(sight.frame.current, entry.id) ? null : entry.id;
    },
    toTop: () => sight.frame.current?.scrollTo(0, 0),
  }));
  // A row that was not drawn yet gets the focus when it is.
  useLayoutEffect(() => {
    if (wanted.current !== null && focusRow(sight.frame.current, wanted.current)) wanted.current = null;
  });
  const isAtEnd = sight.end >= entries.length;
  useEffect(() => {
    if (isAtEnd) more?.();
  }, [isAtEnd, more, entries.length]);
  const shown = entries.slice(sight.first, sight.end);
  const tabStop = shown.some((entry) => entry.id === chosenId) ? chosenId : shown[0]?.id;
  const rows = shown.map((entry, i) => {
    const alarm = props.byId.get(entry.id) ?? entry.alarm;
    const place = props.places.get(alarm.machine.id) ?? UNKNOWN_PLACE;
    const Kind = isPhone ? DeskCard : DeskRow;
    return (
      <Kind
        key={entry.id}
        entry={entry}
        alarm={alarm}
        place={place}
        hit={props.hits.get(place.customer ?? "") ?? 0}
        index={sight.first + i}
        isChosen={entry.id === chosenId}
        isPicked={props.picked.has(entry.id)}
        isOpened={props.opened.has(entry.id)}
        isPending={props.pending.has(entry.id)}
        isTabStop={entry.id === tabStop}
        actions={props.actions}
      />
    );
  });
  return (
    <div ref={sight.frame} className={isPhone ? "desk-frame desk-cards" : "desk-frame live-table-frame"} onScroll={sight.onScroll}>
      {isPhone ? (
        <ol className="desk-cards-list" style={{ paddingTop: sight.above, paddingBottom: sight.below }}>
          {rows}
        </ol>
      ) : (
        <Table {...props} above={sight.above} below={sight.below}>
          {rows}
        </Table>
      )}
    </div>
  );
}

function focusRow(frame: HTMLElement | null, id: string): boolean {
  const row = frame?.querySelector<HTMLElement>(`[data-alarm="${CSS.escape(id)}"]`);
  row?.focus({ preventScroll: true });
  return row != null;
}

const COLUMNS = ["severity", "alarm", "machine", "impact", "place", "since", "standing"] as const;

function Table({ entries, picked, onPickAll, above, below, children }: DeskListProps & { above: number; below: number; children: React.ReactNode }) {
  const { t } = useTranslation();
  const pickAll = useRef(onPickAll);
  useLayoutEffect(() => {
    pickAll.current = onPickAll;
  });
  const [onPick] = useState(() => () => pickAll.current());
  return (
    <table className="live-table desk-table" aria-label={t("desk.title")} aria-rowcount={entries.length + 1}>
      <Head isPicked={picked.size > 0} isAll={picked.size >= entries.length} onPickAll={onPick} />
      <tbody>
        {above > 0 && <Spacer height={above} />}
        {children}
        {below > 0 && <Spacer height={below} />}
      </tbody>
    </table>
  );
}

/** Kept as it is while alarms come. */
const Head = memo(function Head({ isPicked, isAll, onPickAll }: { isPicked: boolean; isAll: boolean; onPickAll: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <colgroup>
        <col className="desk-col-pick" />
        {COLUMNS.map((column) => (
          <col key={column} className={`desk-col-${column}`} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col">
            <Checkbox checked={isPicked} indeterminate={isPicked && !isAll} aria-label={t("desk.pickAll")} onChange={onPickAll} />
          </th>
          {COLUMNS.map((column) => (
            <th key={column} scope="col">
              {t(`desk.column.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
    </>
  );
});

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden="true" style={{ height }}>
      <td />
    </tr>
  );
}
