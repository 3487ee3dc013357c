/** A link by which somebody chooses a new password; shown once. */
import { KeyOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import type { PasswordLink, Person } from "../../api/types";
import { FormDialog } from "../FormDialog";
import { ask } from "../noun";
import { useMay } from "../useMay";

export function PasswordLinkTool({ person }: { person: Person }) {
  const { t } = useTranslation();
  const may = useMay();
  if (!may("edit_people") || !person.active) return null;
  return (
    <FormDialog<PasswordLink>
      button={t("admin.passwordLink")}
      icon={<KeyOutlined />}
      title={t("admin.passwordLinkTitle", { name: person.name })}
      help={t("admin.passwordLinkHelp")}
      fields={[]}
      save={t("admin.makeLink")}
      changes={["people"]}
      send={(_values, once) => ask<PasswordLink>("POST", `/people/${person.id}/password-link`, { once })}
      told={(made) => made.link}
      done={t("admin.saved")}
    />
  );
}
