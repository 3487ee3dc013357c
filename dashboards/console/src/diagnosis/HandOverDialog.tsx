/** What whoever goes to the machine should bring and know; causes, evidence and answers go along by themselves. */
import { useMutation } from "@tanstack/react-query";
import { App, DatePicker, Input, Modal, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { AlarmDetail, DiagnosisItem, Guide } from "../api/types";
import { usePreferences } from "../app/preferences";
import { refusalWords } from "../session/problemWords";
import { handOver } from "./queries";
import { wordsIn } from "./words";

export function HandOverDialog({ alarm, guide, onClose }: { alarm: AlarmDetail; guide: Guide; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [parts, setParts] = useState(guide.causes[0]?.parts.map((part) => part.key) ?? []);
  const [tools, setTools] = useState(guide.tools.map((tool) => tool.key));
  const [wantedBy, setWantedBy] = useState<Dayjs | null>(null);
  const [note, setNote] = useState("");
  const id = useId();
  const made = useMutation({
    mutationFn: () => handOver(alarm, { parts, tools, wanted_by: wantedBy === null ? null : wantedBy.toISOString(), note: note.trim() || null }),
    onSuccess: (visit) => {
      void message.success(t("diagnosis.visit.done"));
      onClose();
      void navigate(`/alarms/${alarm.id}?visit=${visit.id}`);
    },
    onError: (error) => void message.error(refusalWords(error, t)),
  });
  return (
    <Modal
      open
      centered
      title={t("diagnosis.visit.open")}
      okText={t("diagnosis.visit.do")}
      okButtonProps={{ loading: made.isPending }}
      onOk={() => !made.isPending && made.mutate()}
      onCancel={onClose}
      data-testid="visit-dialog"
    >
      <form className="dialog-form" onSubmit={(event) => event.preventDefault()}>
        <p className="quiet">{t("diagnosis.visit.help")}</p>
        <label htmlFor={`${id}-parts`}>{t("diagnosis.visit.parts")}</label>
        <Items first id={`${id}-parts`} known={guide.parts} chosen={parts} onChoose={setParts} />
        <label htmlFor={`${id}-tools`}>{t("diagnosis.visit.tools")}</label>
        <Items id={`${id}-tools`} known={guide.tools} chosen={tools} onChoose={setTools} />
        <label htmlFor={`${id}-by`}>{t("diagnosis.visit.wantedBy")}</label>
        <DatePicker id={`${id}-by`} showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" value={wantedBy} onChange={(value) => setWantedBy(value)} />
        <label htmlFor={`${id}-note`}>{t("diagnosis.visit.note")}</label>
        <Input.TextArea id={`${id}-note`} value={note} maxLength={2_000} autoSize={{ minRows: 2, maxRows: 6 }} placeholder={t("diagnosis.visit.noteHelp")} onChange={(event) => setNote(event.target.value)} />
      </form>
    </Modal>
  );
}

function Items({ id, first = false, known, chosen, onChoose }: { id: string; first?: boolean; known: readonly DiagnosisItem[]; chosen: string[]; onChoose: (keys: string[]) => void }) {
  const { language } = usePreferences();
  return <Select id={id} autoFocus={first} mode="tags" value={chosen} onChange={onChoose} options={known.map((one) => ({ value: one.key, label: wordsIn(one.text, language) }))} />;
}
