/** Asks for a tuning: a stricter variant of a live rule that loses no confirmed fault. */
import { ExperimentOutlined } from "@ant-design/icons";
import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { refusalWords } from "../session/problemWords";
import { askTuning, forgetRules } from "./queries";
import { SpanChoice, useSpan } from "./SpanChoice";

export function AskTuning({ rule }: { rule: string }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const span = useSpan(30);
  const ask = async (): Promise<void> => {
    setBusy(true);
    setRefused(null);
    try {
      const asked = await askTuning(rule, span.value);
      await forgetRules();
      setOpen(false);
      void go(`/rules/tunings/${asked.id}`);
    } catch (error) {
      setRefused(refusalWords(error, t));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button icon={<ExperimentOutlined />} onClick={() => setOpen(true)} data-testid="ask-tuning">
        {t("rules.tune")}
      </Button>
      <Modal open={open} title={t("rules.tuneRule", { rule })} okText={t("rules.tune")} cancelText={t("rules.cancel")} onCancel={() => setOpen(false)} onOk={() => void ask()} confirmLoading={busy} destroyOnHidden>
        <div className="rules-form">
          <p>{t("rules.tuneHelp")}</p>
          <SpanChoice span={span} />
          {refused !== null && (
            <p className="rules-refused" role="alert">
              {refused}
            </p>
          )}
        </div>
      </Modal>
    </>
  );
}
