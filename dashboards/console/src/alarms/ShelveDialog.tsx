/** For how long, and why, alarms are held back. */
import { Input, Modal, Radio } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "../api/client";
import { usePreferences } from "../app/preferences";
import { instant } from "../format/time";

/** Minutes; the API takes a week at most. */
const SPANS = [30, 120, 480, 1_440, 4_320, 10_020] as const;
const MOST_LETTERS = 500;

interface ShelveDialogProps {
  /** How many alarms. */
  readonly count: number;
  readonly onShelve: (reason: string, until: number) => void;
  readonly onClose: () => void;
}

export function ShelveDialog({ count, onShelve, onClose }: ShelveDialogProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [minutes, setMinutes] = useState<number>(SPANS[1]);
  const [reason, setReason] = useState("");
  const id = useId();
  const until = serverNow() + minutes * 60_000;
  const said = reason.trim();
  const shelve = (): void => {
    if (said === "") return;
    onShelve(said, until);
    onClose();
  };
  return (
    <Modal open centered title={t("desk.shelve.title", { count })} okText={t("desk.shelve.do")} okButtonProps={{ disabled: said === "" }} onOk={shelve} onCancel={onClose} data-testid="shelve-dialog">
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          shelve();
        }}
      >
        <p className="quiet">{t("desk.shelve.help")}</p>
        <label htmlFor={id}>{t("desk.shelve.reason")}</label>
        <Input id={id} autoFocus value={reason} maxLength={MOST_LETTERS} placeholder={t("desk.shelve.reasonHelp")} onChange={(event) => setReason(event.target.value)} />
        <fieldset>
          <legend>{t("desk.shelve.until")}</legend>
          <Radio.Group value={minutes} onChange={(event) => setMinutes(Number(event.target.value))} options={SPANS.map((value) => ({ value, label: t(`desk.shelve.for.${value}`) }))} />
        </fieldset>
        <p className="quiet">{t("alarm.until", { time: instant(until, language) })}</p>
      </form>
    </Modal>
  );
}
