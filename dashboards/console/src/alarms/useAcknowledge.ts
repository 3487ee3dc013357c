/** Acknowledging: one request an alarm; the list shows the answer, not a guess. */
import { useCallback } from "react";
import { useAlarmWork } from "./useAlarmWork";

export function useAcknowledge(): { pending: ReadonlySet<string>; start: (alarmId: string) => void } {
  const { pending, run } = useAlarmWork();
  const start = useCallback((alarmId: string) => void run([alarmId], { does: "acknowledge" }), [run]);
  return { pending, start };
}
