/** The problem is solved without a visit: what it was, in one verdict. */
import { useMutation } from "@tanstack/react-query";
import { App, AutoComplete, Input, Modal, Radio } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { giveVerdict } from "../alarms/commands";
import { FailedAt, failedAtOf } from "../alarms/FailedAt";
import { queryClient } from "../api/queries";
import type { AlarmDetail, NewVerdict } from "../api/types";
import { usePreferences } from "../app/preferences";
import { refusalWords } from "../session/problemWords";
import { useGuide } from "./made";
import { wordsIn } from "./words";

const UNKNOWN_PART = "unknown"; // as the API has it

export function ResolveDialog({ alarm, onClose }: { alarm: AlarmDetail; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { language } = usePreferences();
  const guide = useGuide(alarm);
  const [verdict, setVerdict] = useState<"true_fault" | "sensor">("true_fault");
  const [part, setPart] = useState("");
  const [failedAt, setFailedAt] = useState("");
  const [note, setNote] = useState("");
  const id = useId();
  const first = guide.data?.causes[0];
  const given = useMutation({
    mutationFn: (said: NewVerdict) => giveVerdict(alarm.finding_id, said),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["alarm", alarm.id] });
      void message.success(t("diagnosis.resolve.done"));
      onClose();
    },
    onError: (error) => void message.error(refusalWords(error, t)),
  });
  const give = (): void => {
    if (given.isPending) return;
    given.mutate({ verdict, solved: "remote", note: note.trim() || null, part: verdict === "sensor" ? null : part.trim() || UNKNOWN_PART, failed_at: verdict === "sensor" ? null : failedAtOf(failedAt) });
  };
  return (
    <Modal open centered title={t("diagnosis.resolve.title")} okText={t("diagnosis.resolve.do")} okButtonProps={{ loading: given.isPending }} onOk={give} onCancel={onClose} data-testid="resolve-dialog">
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          give();
        }}
      >
        {first !== undefined && (
          <p className="quiet">
            {t("diagnosis.resolve.likely", { cause: wordsIn(first.text, language) })}
          </p>
        )}
        <fieldset>
          <legend>{t("diagnosis.resolve.what")}</legend>
          <Radio.Group
            value={verdict}
            onChange={(event) => setVerdict(event.target.value as typeof verdict)}
            options={[
              { value: "true_fault", label: t("diagnosis.resolve.machine") },
              { value: "sensor", label: t("diagnosis.resolve.sensor") },
            ]}
          />
        </fieldset>
        {verdict === "true_fault" && (
          <>
            <label htmlFor={`${id}-part`}>{t("diagnosis.resolve.part")}</label>
            <AutoComplete
              id={`${id}-part`}
              value={part}
              maxLength={200}
              placeholder={t("diagnosis.resolve.partHelp")}
              onChange={(value: string) => setPart(value)}
              options={(guide.data?.parts ?? []).map((one) => ({ value: wordsIn(one.text, language) }))}
            />
            <FailedAt wall={failedAt} onChange={setFailedAt} />
          </>
        )}
        <label htmlFor={`${id}-note`}>{t("diagnosis.resolve.note")}</label>
        <Input.TextArea id={`${id}-note`} value={note} maxLength={2_000} autoSize={{ minRows: 2, maxRows: 6 }} placeholder={t("diagnosis.resolve.noteHelp")} onChange={(event) => setNote(event.target.value)} />
      </form>
    </Modal>
  );
}
