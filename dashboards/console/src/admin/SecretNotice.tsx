/** A secret or a link that is shown once: to be copied now. */
import { CopyOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export function SecretNotice({ words, onDone }: { words: string; onDone: () => void }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const whole = words.startsWith("/") ? `${window.location.origin}${words}` : words;
  return (
    <div className="secret" data-testid="secret">
      <Alert type="warning" showIcon title={t("admin.onceShown")} description={t("admin.onceShownHelp")} />
      <output className="secret-words">{whole}</output>
      <div className="form-tools">
        <Button type="primary" icon={<CopyOutlined />} onClick={() => void navigator.clipboard?.writeText(whole).then(() => setCopied(true))}>
          {copied ? t("admin.copied") : t("admin.copy")}
        </Button>
        <Button onClick={onDone}>{t("admin.done")}</Button>
      </div>
    </div>
  );
}
