/** What the owner is to do, and a text for the customer in their language. */
import { CopyOutlined } from "@ant-design/icons";
import { App, Button, Input, Segmented, Skeleton } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { AlarmNotices } from "../alarms/AlarmNotices";
import { alarmName } from "../alarms/alarmName";
import type { AlarmDetail, Words } from "../api/types";
import { Panel } from "../app/Panel";
import { type Language, usePreferences } from "../app/preferences";
import { useEvidence, useGuide } from "./made";
import { wordsIn } from "./words";

/** The owner's sentence: of the diagnosis, of the rule where there will be none; of what was taken back, that it was. undefined: the diagnosis may yet say another. */
function useSentence(alarm: AlarmDetail): Words | null | undefined {
  const evidence = useEvidence(alarm);
  if (evidence.isComing) return undefined;
  return evidence.data?.withdrawn ?? evidence.data?.diagnosis.owner ?? alarm.advice;
}

export function OwnerSentence({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const sentence = useSentence(alarm);
  if (sentence === undefined) return <Skeleton active title={false} paragraph={{ rows: 1 }} className="diagnosis-owner" />;
  if (sentence === null) return null;
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
  const guide = useGuide(alarm);
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
