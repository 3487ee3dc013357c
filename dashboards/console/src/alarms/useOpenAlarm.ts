/** The alarm that is open; kept in the address, so that a notice can link to it. */
import { useCallback } from "react";
import { useSearchParams } from "../app/search";
import { serverNow } from "../api/client";
import type { Alarm } from "../api/types";
import { withAlarm, withItsTime, withoutAlarm } from "./openAlarm";

export interface OpenAlarm {
  readonly openId: string | null;
  /** Goes back with the browser's button. */
  readonly open: (alarm: Alarm) => void;
  /** An alarm of which nothing but its number is known. */
  readonly openById: (alarmId: string) => void;
  readonly close: () => void;
  /** Chooses the machine of the alarm that is open, in the same entry of the browser's history. */
  readonly chooseMachine: (alarm: Alarm) => void;
  /** Turns the chart to the alarm's machine and time; `leaves`: and closes the alarm, in one change of the address. */
  readonly showItsTime: (alarm: Alarm, leaves: boolean) => void;
}

export function useOpenAlarm(): OpenAlarm {
  const [search, setSearch] = useSearchParams();
  const open = useCallback((alarm: Alarm) => setSearch((before) => withAlarm(before, alarm)), [setSearch]);
  const openById = useCallback(
    (alarmId: string) =>
      setSearch((before) => {
        const after = withoutAlarm(before);
        after.set("alarm", alarmId);
        return after;
      }),
    [setSearch],
  );
  const close = useCallback(() => setSearch(withoutAlarm, { replace: true }), [setSearch]);
  const chooseMachine = useCallback((alarm: Alarm) => setSearch((before) => withAlarm(before, alarm), { replace: true }), [setSearch]);
  const showItsTime = useCallback(
    (alarm: Alarm, leaves: boolean) =>
      setSearch(
        (before) => {
          const after = withItsTime(before, alarm, serverNow());
          return leaves ? withoutAlarm(after) : after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  const asked = search.get("alarm");
  return { openId: asked === "" ? null : asked, open, openById, close, chooseMachine, showItsTime };
}
