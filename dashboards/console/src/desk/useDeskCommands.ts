/** What each key of the desk does. */
import type { InputRef } from "antd";
import { useRef, type RefObject } from "react";
import { useNavigate } from "react-router";
import type { AlarmWork } from "../alarms/useAlarmWork";
import type { DeskListHandle } from "./DeskList";
import type { DeskEntry } from "./triage";
import { useDeskKeys, type DeskKey } from "./useDeskKeys";
import type { Picks } from "./usePicks";

/** What a dialog is open for. */
export type Asking = { readonly about: "shelve"; readonly ids: readonly string[] } | { readonly about: "verdict"; readonly id: string } | { readonly about: "keys" } | null;

interface DeskCommands {
  readonly rows: readonly DeskEntry[];
  readonly chosenId: string | null;
  readonly choose: (alarmId: string | null) => void;
  readonly picks: Picks;
  readonly work: AlarmWork;
  readonly may: boolean;
  readonly mayJudge: boolean;
  readonly list: RefObject<DeskListHandle | null>;
  readonly words: RefObject<InputRef | null>;
  readonly setAsking: (asking: Asking) => void;
  readonly openGroup: (alarmId: string) => void;
  readonly showNew: () => void;
}

export function useDeskCommands(desk: DeskCommands): void {
  const go = useNavigate();
  const last = useRef(0);
  const at = placeOf(desk.rows, desk.chosenId, last.current);
  if (at >= 0) last.current = at;
  const entry = at < 0 ? undefined : desk.rows[at];

  /** One row on; from nothing to the first, and from an alarm that has left the list to whatever stands in its place. */
  const move = (step: 1 | -1): boolean => {
    const from = at >= 0 ? at + step : desk.chosenId === null ? 0 : last.current;
    const index = Math.max(0, Math.min(desk.rows.length - 1, from));
    const next = desk.rows[index];
    if (next === undefined) return false;
    desk.choose(next.id);
    desk.list.current?.focus(index);
    return true;
  };

  /** The alarms that a command is about: those that are picked, else the chosen one. */
  const about = (): string[] => {
    if (desk.picks.picked.size > 0) return [...desk.picks.picked];
    return desk.chosenId === null ? [] : [desk.chosenId];
  };

  const command = (does: "acknowledge" | "assignToMe"): boolean => {
    const ids = about();
    if (!desk.may || ids.length === 0 || desk.work.pending.size > 0) return false;
    void desk.work.run(ids, { does }).then(desk.picks.clear);
    return true;
  };

  const ask = (asking: Asking, isAllowed: boolean): boolean => {
    if (isAllowed) desk.setAsking(asking);
    return isAllowed;
  };

  const escape = (): boolean => {
    const had = desk.picks.picked.size > 0;
    if (had) desk.picks.clear();
    return had;
  };

  const does: Readonly<Record<DeskKey, () => boolean>> = {
    j: () => move(1),
    k: () => move(-1),
    d: () => desk.chosenId !== null && (void go(`/alarms/${desk.chosenId}`), true),
    a: () => command("acknowledge"),
    m: () => command("assignToMe"),
    s: () => ask({ about: "shelve", ids: about() }, desk.may && about().length > 0),
    v: () => ask(desk.chosenId === null ? null : { about: "verdict", id: desk.chosenId }, desk.mayJudge && desk.chosenId !== null),
    c: () => focusOn(document.querySelector<HTMLElement>(".desk-preview .alarm-comment-text")),
    x: () => entry !== undefined && (desk.picks.toggle(entry, false), true),
    e: () => entry !== undefined && entry.behind.length > 0 && (desk.openGroup(entry.id), true),
    n: () => (desk.showNew(), true),
    "/": () => (desk.words.current?.focus({ cursor: "all" }), true),
    "?": () => ask({ about: "keys" }, true),
    Escape: escape,
  };
  useDeskKeys((key) => does[key]());
}

/** Where a row stands, -1: nowhere. `near`: where it stood, which is looked at first. */
function placeOf(rows: readonly DeskEntry[], id: string | null, near: number): number {
  if (id === null) return -1;
  return rows[near]?.id === id ? near : rows.findIndex((row) => row.id === id);
}

function focusOn(element: HTMLElement | null): boolean {
  element?.focus();
  return element !== null;
}
