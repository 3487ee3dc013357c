/** What one does with a webhook: a test, a new secret, deliveries from an instant on once more. */
import { useMutation } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import type { Webhook } from "../../api/types";
import { refusalWords } from "../../session/problemWords";
import { FormDialog } from "../FormDialog";
import { ask, onceKey } from "../noun";
import { RotateTool } from "../people/RotateTool";
import { changedNoun } from "../useRows";

export function WebhookTools({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const path = `/webhooks/${webhook.id}`;
  const testing = useMutation({
    mutationFn: () => ask("POST", `${path}/test`, { once: onceKey() }),
    onSuccess: async () => {
      void message.success(t("admin.testSent"));
      await changedNoun("webhooks");
    },
    onError: (error) => void message.error(refusalWords(error, t)),
  });
  return (
    <>
      {webhook.paused_reason !== null && (
        <span className="quiet">
          {t("admin.paused")} <CodeWord list="webhook_pause_reasons" code={webhook.paused_reason} />
        </span>
      )}
      <Button loading={testing.isPending} onClick={() => testing.mutate()}>
        {t("admin.test")}
      </Button>
      <FormDialog
        button={t("admin.sendAgain")}
        title={t("admin.sendAgain")}
        help={t("admin.sendAgainHelp")}
        fields={[{ name: "from", kind: "instant", required: true }]}
        save={t("admin.sendAgain")}
        changes={["webhooks"]}
        send={(values, once) => ask("POST", `${path}/replay`, { body: { from: values["from"] }, once })}
        done={t("admin.saved")}
      />
      <RotateTool path={`${path}/secret`} noun="webhooks" />
    </>
  );
}
