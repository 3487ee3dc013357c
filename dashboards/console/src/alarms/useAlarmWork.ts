/** One command on one alarm or on many: every alarm shows its answer, not a guess, and the result is told once. */
import { useQuery } from "@tanstack/react-query";
import { App } from "antd";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { alarmQuery, queryClient, sessionQuery } from "../api/queries";
import type { Alarm } from "../api/types";
import { refusalWords } from "../session/problemWords";
import { acknowledge, assignAlarm, shelveAlarm, takeAlarm, unshelveAlarm } from "./commands";
import { refusals, type Outcome } from "./outcome";

export type AlarmCommand =
  | { readonly does: "acknowledge" | "assignToMe" | "unshelve" }
  | { readonly does: "shelve"; readonly reason: string; readonly until: number };

export interface AlarmWork {
  readonly pending: ReadonlySet<string>;
  readonly run: (alarmIds: readonly string[], command: AlarmCommand) => Promise<void>;
}

const AT_ONCE = 4; // requests
const TOLD_S = 8;

function ask(alarmId: string, command: AlarmCommand, me: string): Promise<Alarm> {
  if (command.does === "acknowledge") return acknowledge(alarmId);
  if (command.does === "assignToMe") return assignAlarm(alarmId, me);
  if (command.does === "shelve") return shelveAlarm(alarmId, command.reason, command.until);
  return unshelveAlarm(alarmId);
}

/** An alarm as the server has it now, after something was refused: the list was behind. */
async function read(alarmId: string): Promise<void> {
  try {
    takeAlarm(await queryClient.fetchQuery({ ...alarmQuery(alarmId), staleTime: 0 }));
  } catch {
    // The refusal itself is told; the list is put right by the live line.
  }
}

export function useAlarmWork(): AlarmWork {
  const { t } = useTranslation();
  const { message, notification } = App.useApp();
  const { data: me } = useQuery(sessionQuery);
  const [pending, setPending] = useState<ReadonlySet<string>>(new Set());
  const myId = me?.id ?? "";

  const run = useCallback(
    async (alarmIds: readonly string[], command: AlarmCommand): Promise<void> => {
      setPending((before) => new Set([...before, ...alarmIds]));
      const outcomes: Outcome[] = [];
      const left = [...alarmIds];
      const work = async (): Promise<void> => {
        for (let id = left.shift(); id !== undefined; id = left.shift()) {
          try {
            takeAlarm(await ask(id, command, myId));
            outcomes.push({ refused: null });
          } catch (error) {
            outcomes.push({ refused: refusalWords(error, t) });
            await read(id);
          }
          void queryClient.invalidateQueries({ queryKey: ["alarm", id] });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      setPending((before) => new Set([...before].filter((id) => !alarmIds.includes(id))));
      const why = refusals(outcomes);
      const refused = why.reduce((sum, one) => sum + one.count, 0);
      if (alarmIds.length === 1) {
        if (why[0] !== undefined) void message.error(why[0].words);
        return;
      }
      const title = t("desk.result", { done: t("desk.done", { count: outcomes.length - refused }), refused: t("desk.refused", { count: refused }) });
      const description = why.map((one) => t("desk.why", { times: one.count, words: one.words })).join("\n");
      notification.open({ title, description, duration: refused === 0 ? TOLD_S / 2 : TOLD_S, className: "work-result", role: "status" });
    },
    [myId, t, message, notification],
  );
  return { pending, run };
}
