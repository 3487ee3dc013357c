/** What the viewer may do with an alarm: nothing is offered that the API would refuse. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { commentOn, machinesQuery, queryClient, resetAlarm, sessionQuery } from "../api/queries";
import type { AlarmDetail } from "../api/types";
import { problemWords } from "../session/problemWords";
import { useAcknowledge } from "./useAcknowledge";

const MOST_LETTERS = 2_000;

export function AlarmCommands({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionQuery);
  const { data: machines } = useQuery(machinesQuery);
  const acknowledge = useAcknowledge();
  const reset = useCommand(alarm.id, () => resetAlarm(alarm.id));
  const isTheirs = machines?.some((machine) => machine.id === alarm.machine.id) === true;
  if (me?.may_acknowledge !== true || !isTheirs || alarm.state === "withdrawn") return null;
  const unseen = alarm.lifecycle === "active_unacknowledged" || alarm.lifecycle === "returned_unacknowledged";
  return (
    <div className="alarm-commands">
      {unseen && (
        <Button type="primary" loading={acknowledge.pending.has(alarm.id)} onClick={() => acknowledge.start(alarm.id)} title={t("alarms.acknowledgeHelp")} data-testid="alarm-acknowledge">
          {t("alarms.acknowledge")}
        </Button>
      )}
      {alarm.lifecycle === "latched" && (
        <Button type="primary" loading={reset.isPending} onClick={() => reset.mutate(undefined)} data-testid="alarm-reset">
          {t("alarm.reset")}
        </Button>
      )}
      <CommentForm alarmId={alarm.id} />
    </div>
  );
}

function CommentForm({ alarmId }: { alarmId: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const id = useId();
  const comment = useCommand(alarmId, (said: string) => commentOn(alarmId, said));
  const said = text.trim();
  return (
    <form
      className="alarm-comment"
      onSubmit={(event) => {
        event.preventDefault();
        if (said !== "" && !comment.isPending) comment.mutate(said, { onSuccess: () => setText("") });
      }}
    >
      <label htmlFor={id} className="unseen">
        {t("alarm.comment")}
      </label>
      <Input.TextArea id={id} value={text} onChange={(event) => setText(event.target.value)} maxLength={MOST_LETTERS} autoSize={{ minRows: 1, maxRows: 5 }} placeholder={t("alarm.commentHelp")} />
      <Button htmlType="submit" disabled={said === ""} loading={comment.isPending} data-testid="alarm-send">
        {t("alarm.send")}
      </Button>
    </form>
  );
}

/** One request; the panel shows the answer, not a guess. */
function useCommand<T>(alarmId: string, command: (given: T) => Promise<unknown>) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: command,
    onError: (error) => void message.error(problemWords(error, t)),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: ["alarms"] });
      return queryClient.invalidateQueries({ queryKey: ["alarm", alarmId] });
    },
  });
}
