/** What the viewer may do with an alarm: nothing is offered that the API would refuse. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { machinesQuery, queryClient, sessionQuery } from "../api/queries";
import type { Alarm, AlarmDetail } from "../api/types";
import { refusalWords } from "../session/problemWords";
import { commentOn, resetAlarm, takeAlarm } from "./commands";
import { ShelveDialog } from "./ShelveDialog";
import { useAlarmWork } from "./useAlarmWork";
import { VerdictDialog } from "./VerdictDialog";

const MOST_LETTERS = 2_000;

export function AlarmCommands({ alarm }: { alarm: AlarmDetail }) {
  const { data: me } = useQuery(sessionQuery);
  const { data: machines } = useQuery(machinesQuery);
  const isTheirs = machines?.some((machine) => machine.id === alarm.machine.id) === true;
  if (me == null || !isTheirs || alarm.state === "withdrawn") return null;
  if (me.may_acknowledge) {
    return (
      <div className="alarm-commands">
        <Handling alarm={alarm} />
        <VerdictButton alarm={alarm} />
        <CommentForm alarmId={alarm.id} />
      </div>
    );
  }
  if (me.role !== "service_engineer") return null;
  return (
    <div className="alarm-commands">
      <VerdictButton alarm={alarm} />
    </div>
  );
}

function Handling({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { pending, run } = useAlarmWork();
  const reset = useCommand(alarm.id, () => resetAlarm(alarm.id));
  const [shelving, setShelving] = useState(false);
  const busy = pending.has(alarm.id);
  const unseen = alarm.lifecycle === "active_unacknowledged" || alarm.lifecycle === "returned_unacknowledged";
  return (
    <>
      {unseen && (
        <Button type="primary" loading={busy} onClick={() => void run([alarm.id], { does: "acknowledge" })} title={t("alarms.acknowledgeHelp")} data-testid="alarm-acknowledge">
          {t("alarms.acknowledge")}
        </Button>
      )}
      {alarm.lifecycle === "latched" && (
        <Button type="primary" loading={reset.isPending} onClick={() => reset.mutate(undefined)} data-testid="alarm-reset">
          {t("alarm.reset")}
        </Button>
      )}
      {alarm.assigned_to === null && (
        <Button disabled={busy} onClick={() => void run([alarm.id], { does: "assignToMe" })} data-testid="alarm-assign">
          {t("desk.act.assignToMe")}
        </Button>
      )}
      {alarm.hold?.hold === "shelved" ? (
        <Button disabled={busy} onClick={() => void run([alarm.id], { does: "unshelve" })} data-testid="alarm-unshelve">
          {t("desk.act.unshelve")}
        </Button>
      ) : (
        alarm.hold === null && (
          <Button disabled={busy} onClick={() => setShelving(true)} data-testid="alarm-shelve">
            {t("desk.act.shelve")}
          </Button>
        )
      )}
      {shelving && (
        <ShelveDialog count={1} onClose={() => setShelving(false)} onShelve={(reason, until) => void run([alarm.id], { does: "shelve", reason, until })} />
      )}
    </>
  );
}

function VerdictButton({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const [judging, setJudging] = useState(false);
  return (
    <>
      <Button onClick={() => setJudging(true)} data-testid="alarm-verdict">
        {t("desk.act.verdict")}
      </Button>
      {judging && <VerdictDialog alarm={alarm} onClose={() => setJudging(false)} />}
    </>
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
      <Input.TextArea id={id} className="alarm-comment-text" value={text} onChange={(event) => setText(event.target.value)} maxLength={MOST_LETTERS} autoSize={{ minRows: 1, maxRows: 5 }} placeholder={t("alarm.commentHelp")} />
      <Button htmlType="submit" disabled={said === ""} loading={comment.isPending} data-testid="alarm-send">
        {t("alarm.send")}
      </Button>
    </form>
  );
}

/** One request; the panel shows the answer, not a guess. */
function useCommand<T>(alarmId: string, command: (given: T) => Promise<Alarm>) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: command,
    onSuccess: takeAlarm,
    onError: (error) => void message.error(refusalWords(error, t)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["alarm", alarmId] }),
  });
}
