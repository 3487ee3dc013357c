/** What the owner is to do, and a text for the customer in their language. */
import { CopyOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { App, Button, Input, Segmented } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { AlarmNotices } from "../alarms/AlarmNotices";
import { alarmName } from "../alarms/alarmName";
import type { AlarmDetail } from "../api/types";
import { Panel } from "../app/Panel";
import { type Language, usePreferences } from "../app/preferences";
import { evidenceQuery, guideQuery } from "./queries";
import { wordsIn } from "./words";

/** The owner's sentence: of the diagnosis, else of the rule; of what was taken back, that it was. */
function useSentence(alarm: AlarmDetail) {
  const evidence = useQuery(evidenceQuery(alarm));
  return evidence.data?.withdrawn ?? evidence.data?.diagnosis.owner ?? alarm.advice;
}

export function OwnerSentence({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const sentence = useSentence(alarm);
  if (sentence == null) return null;
  return (
    <p className="diagnosis-owner" data-testid="owner-sentence">
      <b>{t("alarm.advice")}</b>
      {wordsIn(sentence, language)}
    </p>
  );
}

export function Customer({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { language } = usePreferences();
  const guide = useQuery(guideQuery(alarm));
  const [chosen, setChosen] = useState<Language | null>(null);
  const sentence = useSentence(alarm);
  const id = useId();
  const theirs: Language | null = guide.data?.customer_language == null ? null : guide.data.customer_language === "zh" ? "zh-CN" : "en-US";
  const spoken = chosen ?? theirs ?? language;
  const title = alarmName(alarm, spoken);
  const text = sentence == null ? "" : spoken === "zh-CN" ? `${alarm.machine.name}：${title}。${sentence.zh}` : `${alarm.machine.name}: ${title}. ${sentence.en}`;
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => void message.success(t("diagnosis.customer.copied")),
      () => void message.error(t("diagnosis.customer.notCopied")),
    );
  };
  return (
    <Panel
      id="customer"
      title={t("diagnosis.customer.title")}
      aside={guide.data?.customer != null && <span className="quiet">{guide.data.customer}</span>}
      tools={
        <>
          <Segmented
            size="small"
            aria-label={t("diagnosis.customer.language")}
            value={spoken}
            onChange={(value) => setChosen(value as Language)}
            options={[
              { value: "zh-CN", label: "中文" },
              { value: "en-US", label: "English" },
            ]}
          />
          <Button size="small" icon={<CopyOutlined />} disabled={text === ""} onClick={copy} data-testid="customer-copy">
            {t("diagnosis.customer.copy")}
          </Button>
        </>
      }
    >
      <div className="diagnosis-pad">
        <label htmlFor={id} className="unseen">
          {t("diagnosis.customer.title")}
        </label>
        <Input.TextArea id={id} readOnly lang={spoken} value={text} autoSize={{ minRows: 2, maxRows: 6 }} data-testid="customer-text" />
        <AlarmNotices alarmId={alarm.id} />
      </div>
    </Panel>
  );
}
