/** What an expert says after looking: what turned out to be the matter with an alarm's finding. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Checkbox, Input, Modal, Radio } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { codesQuery, queryClient } from "../api/queries";
import type { Alarm, NewVerdict } from "../api/types";
import { usePreferences } from "../app/preferences";
import { refusalWords } from "../session/problemWords";
import { alarmName } from "./alarmName";
import { giveVerdict } from "./commands";
import { FailedAt, failedAtOf } from "./FailedAt";

const VERDICTS = ["true_fault", "nuisance", "sensor", "not_found"] as const;
const SOLUTIONS = ["remote", "visit"] as const;
const UNKNOWN_PART = "unknown"; // as the API has it

export function VerdictDialog({ alarm, onClose }: { alarm: Pick<Alarm, "id" | "finding_id" | "text" | "source_kind" | "machine">; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { language } = usePreferences();
  const { data: words } = useQuery(codesQuery("finding_verdicts"));
  const { data: solutions } = useQuery(codesQuery("finding_solutions"));
  const [verdict, setVerdict] = useState<NewVerdict["verdict"] | null>(null);
  const [part, setPart] = useState("");
  const [isUnknown, setUnknown] = useState(false);
  const [failedAt, setFailedAt] = useState("");
  const [solved, setSolved] = useState<(typeof SOLUTIONS)[number] | null>(null);
  const [note, setNote] = useState("");
  const id = useId();
  const given = useMutation({
    mutationFn: (said: NewVerdict) => giveVerdict(alarm.finding_id, said),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["alarm", alarm.id] });
      void message.success(t("desk.verdict.given"));
      onClose();
    },
    onError: (error) => void message.error(refusalWords(error, t)),
  });
  const isFault = verdict === "true_fault";
  const isSolvable = isFault || verdict === "sensor";
  const said = (codes: typeof words, code: string): string => codes?.get(code)?.[language === "zh-CN" ? "zh" : "en"] ?? code.replaceAll("_", " ");
  const isWhole = verdict !== null && (!isFault || isUnknown || part.trim() !== "");
  const give = (): void => {
    if (verdict === null || !isWhole || given.isPending) return;
    given.mutate({ verdict, note: note.trim() || null, part: !isFault ? null : isUnknown ? UNKNOWN_PART : part.trim(), solved: isSolvable ? solved : null, failed_at: isFault ? failedAtOf(failedAt) : null });
  };
  return (
    <Modal
      open
      centered
      title={t("desk.verdict.title")}
      okText={t("desk.verdict.do")}
      okButtonProps={{ disabled: !isWhole, loading: given.isPending }}
      onOk={give}
      onCancel={onClose}
      data-testid="verdict-dialog"
    >
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          give();
        }}
      >
        <p className="quiet">
          {alarmName(alarm, language)} · {alarm.machine.name}
        </p>
        <fieldset>
          <legend>{t("desk.verdict.what")}</legend>
          <Radio.Group className="dialog-choices" value={verdict} onChange={(event) => setVerdict(event.target.value as NewVerdict["verdict"])}>
            {VERDICTS.map((code, i) => (
              <Radio key={code} value={code} autoFocus={i === 0}>
                {said(words, code)}
              </Radio>
            ))}
          </Radio.Group>
        </fieldset>
        {isFault && (
          <>
            <label htmlFor={`${id}-part`}>{t("desk.verdict.part")}</label>
            <Input id={`${id}-part`} value={part} maxLength={200} disabled={isUnknown} placeholder={t("desk.verdict.partHelp")} onChange={(event) => setPart(event.target.value)} />
            <Checkbox checked={isUnknown} onChange={(event) => setUnknown(event.target.checked)}>
              {t("desk.verdict.unknown")}
            </Checkbox>
            <FailedAt wall={failedAt} onChange={setFailedAt} />
          </>
        )}
        {isSolvable && (
          <fieldset>
            <legend>{t("desk.verdict.solved")}</legend>
            <Radio.Group value={solved} onChange={(event) => setSolved(event.target.value as typeof solved)}>
              <Radio value={null}>{t("desk.verdict.solvedNot")}</Radio>
              {SOLUTIONS.map((code) => (
                <Radio key={code} value={code}>
                  {said(solutions, code)}
                </Radio>
              ))}
            </Radio.Group>
          </fieldset>
        )}
        <label htmlFor={`${id}-note`}>{t("desk.verdict.note")}</label>
        <Input.TextArea id={`${id}-note`} value={note} maxLength={2_000} autoSize={{ minRows: 2, maxRows: 6 }} onChange={(event) => setNote(event.target.value)} />
      </form>
    </Modal>
  );
}
