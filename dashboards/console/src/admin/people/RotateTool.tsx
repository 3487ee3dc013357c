/** A new secret; the one so far stays valid for a while. */
import { useTranslation } from "react-i18next";
import { FormDialog } from "../FormDialog";
import { ask } from "../noun";

export function RotateTool({ path, noun }: { path: string; noun: string }) {
  const { t } = useTranslation();
  return (
    <FormDialog<{ secret: string }>
      button={t("admin.newSecret")}
      title={t("admin.newSecret")}
      help={t("admin.newSecretHelp")}
      fields={[{ name: "overlap_hours", kind: "number", min: 0, max: 720, whole: true, unit: "h" }]}
      blank={{ overlap_hours: 24 }}
      save={t("admin.newSecret")}
      changes={[noun]}
      send={(values, once) => ask<{ secret: string }>("POST", path, { body: { overlap_hours: values["overlap_hours"] ?? 0 }, once })}
      told={(made) => made.secret}
      done={t("admin.saved")}
    />
  );
}
