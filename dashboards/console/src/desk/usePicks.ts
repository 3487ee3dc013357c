/** Which alarms are picked for a command on many. */
import { useCallback, useState } from "react";
import type { DeskEntry } from "./triage";

/** What one command may take at once: beyond it the API's limit of changes a minute would refuse the rest. */
export const MOST_PICKED = 200;

export interface Picks {
  readonly picked: ReadonlySet<string>;
  /** A row, and what stands folded behind it. */
  readonly toggle: (entry: DeskEntry, isOpened: boolean) => void;
  readonly pickAll: (entries: readonly DeskEntry[]) => void;
  readonly clear: () => void;
}

/** The ids that a row stands for. */
export function idsOf(entry: DeskEntry, isOpened: boolean): string[] {
  return isOpened ? [entry.id] : [entry.id, ...entry.behind.map((alarm) => alarm.id)];
}

export function usePicks(): Picks {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback(
    (entry: DeskEntry, isOpened: boolean) =>
      setPicked((before) => {
        const after = new Set(before);
        const isIn = before.has(entry.id);
        for (const id of idsOf(entry, isOpened)) {
          if (isIn) after.delete(id);
          else if (after.size < MOST_PICKED) after.add(id);
        }
        return after;
      }),
    [],
  );
  const pickAll = useCallback(
    (entries: readonly DeskEntry[]) => setPicked((before) => (before.size > 0 ? new Set() : new Set(entries.flatMap((entry) => idsOf(entry, false)).slice(0, MOST_PICKED)))),
    [],
  );
  const clear = useCallback(() => setPicked(new Set()), []);
  return { picked, toggle, pickAll, clear };
}
