/** Asks for a replay of a set over the stored history: which span, which machines. */
import { HistoryOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { machinesQuery } from "../api/queries";
import { refusalWords } from "../session/problemWords";
import { askReplay, forgetRules } from "./queries";
import { SpanChoice, useSpan } from "./SpanChoice";

export function AskReplay({ ruleSet }: { ruleSet: number }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const span = useSpan();
  const [machines, setMachines] = useState<string[]>([]);
  const ask = async (): Promise<void> => {
    setBusy(true);
    setRefused(null);
    try {
      const asked = await askReplay(ruleSet, span.value, machines.length === 0 ? null : machines);
      await forgetRules();
      setOpen(false);
      void go(`/rules/replays/${asked.id}`);
    } catch (error) {
      setRefused(refusalWords(error, t));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button icon={<HistoryOutlined />} onClick={() => setOpen(true)} data-testid="ask-replay">
        {t("rules.replay")}
      </Button>
      <Modal open={open} title={t("rules.replaySet", { set: ruleSet })} okText={t("rules.replay")} cancelText={t("rules.cancel")} onCancel={() => setOpen(false)} onOk={() => void ask()} confirmLoading={busy} destroyOnHidden>
        <div className="rules-form" data-testid="replay-form">
          <p>{t("rules.replayHelp")}</p>
          <SpanChoice span={span} />
          {open && <Machines chosen={machines} onChange={setMachines} />}
          <p className="quiet">{machines.length === 0 ? t("rules.recordIs") : t("rules.recordIsNot")}</p>
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

function Machines({ chosen, onChange }: { chosen: string[]; onChange: (chosen: string[]) => void }) {
  const { t } = useTranslation();
  const { data } = useQuery(machinesQuery);
  return (
    <label className="rules-field">
      <span>{t("rules.machines")}</span>
      <Select
        mode="multiple"
        maxTagCount="responsive"
        allowClear
        value={chosen}
        onChange={onChange}
        placeholder={t("rules.allMachines")}
        aria-label={t("rules.machines")}
        showSearch={{ optionFilterProp: "label" }}
        options={(data ?? []).map((machine) => ({ value: machine.id, label: `${machine.name} · ${machine.pin}` }))}
      />
    </label>
  );
}
