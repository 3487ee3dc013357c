/** Keeps the text as a rule set: what it is about, what it changes; the platform may still refuse it. */
import { App, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { CheckedEdits } from "../api/types";
import { usePreferences } from "../app/preferences";
import { refusalWords } from "../session/problemWords";
import { dropDraft } from "./draft";
import { enterEdits, forgetRules } from "./queries";
import { said } from "./words";

export function SaveSet({ text, check, onSaved, onClose }: { text: string; check: CheckedEdits | undefined; onSaved: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { message } = App.useApp();
  const go = useNavigate();
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    setBusy(true);
    setRefused(null);
    try {
      const made = await enterEdits(text, note.trim());
      onSaved();
      dropDraft();
      await forgetRules();
      const warnings = made.warnings.map((one) => said(one, language));
      void message.success([made.is_new ? t("rules.saved", { set: made.id }) : t("rules.wasThere", { set: made.id }), ...warnings].join(" "));
      void go(`/rules/sets/${made.id}`);
    } catch (error) {
      setRefused(refusalWords(error, t));
      setBusy(false);
    }
  };
  const keys = [...(check?.changed ?? []), ...(check?.added ?? []), ...(check?.off ?? [])];
  return (
    <Modal open title={t("rules.saveTitle")} okText={t("rules.save")} cancelText={t("rules.cancel")} onOk={() => void save()} onCancel={onClose} confirmLoading={busy}>
      <div className="rules-form" data-testid="save-form">
        <p>{t("rules.saveWhat")}</p>
        {keys.length > 0 && <p className="quiet">{keys.join(", ")}</p>}
        <label className="rules-field">
          <span>{t("rules.note")}</span>
          <Input value={note} maxLength={500} autoFocus onChange={(event) => setNote(event.target.value)} onPressEnter={() => void save()} placeholder={t("rules.notePlaceholder")} />
        </label>
        {refused !== null && (
          <pre className="rules-refused" role="alert">
            {refused}
          </pre>
        )}
      </div>
    </Modal>
  );
}
