/** Acknowledging: one request an alarm; the list shows the answer, not a guess. */
import { useMutation } from "@tanstack/react-query";
import { App } from "antd";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { acknowledge, alarmsQuery, queryClient } from "../api/queries";
import type { Alarm } from "../api/types";
import { mergeAlarms } from "../live/merge";
import { problemWords } from "../session/problemWords";

export function useAcknowledge(): { pending: ReadonlySet<string>; start: (alarmId: string) => void } {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [pending, setPending] = useState<ReadonlySet<string>>(new Set());
  const { mutate } = useMutation({
    mutationFn: acknowledge,
    onMutate: (alarmId) => setPending((before) => new Set(before).add(alarmId)),
    onSuccess: (alarm) => {
      queryClient.setQueryData<Alarm[]>(alarmsQuery("active").queryKey, (held) => held && mergeAlarms(held, new Map([[alarm.id, alarm]])));
      if (alarm.state !== "active") void queryClient.invalidateQueries({ queryKey: alarmsQuery("cleared").queryKey });
    },
    onError: (error) => {
      void message.error(problemWords(error, t));
      void queryClient.invalidateQueries({ queryKey: ["alarms"] });
    },
    onSettled: (_alarm, _error, alarmId) => {
      void queryClient.invalidateQueries({ queryKey: ["alarm", alarmId] });
      setPending((before) => {
        const after = new Set(before);
        after.delete(alarmId);
        return after;
      });
    },
  });
  const start = useCallback((alarmId: string) => mutate(alarmId), [mutate]);
  return { pending, start };
}
