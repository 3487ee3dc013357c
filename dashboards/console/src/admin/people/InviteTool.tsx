/** Inviting a colleague: a role that one may give there, and a link that is shown once. */
import { UserAddOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../../api/queries";
import type { InvitationWithLink } from "../../api/types";
import { filled } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask } from "../noun";
import { ORGANISATION } from "../targets";
import { useMay } from "../useMay";

export function InviteTool() {
  const { t } = useTranslation();
  const may = useMay();
  const { data: me } = useQuery(sessionQuery);
  if (!may("edit_people") || !me) return null;
  const roles = [...new Set(Object.values(me.grants ?? {}).flat())].sort();
  return (
    <FormDialog<InvitationWithLink>
      button={t("admin.invite")}
      icon={<UserAddOutlined />}
      primary
      title={t("admin.inviteTitle")}
      help={t("admin.inviteHelp")}
      fields={[
        { name: "role", kind: "choice", list: "roles", codes: roles, required: true },
        { name: "organisation_id", kind: "reference", to: ORGANISATION, help: "ownOrganisation" },
        { name: "email", kind: "text" },
        { name: "language", kind: "choice", list: "languages", codes: ["zh", "en"] },
      ]}
      save={t("admin.makeLink")}
      changes={["people", "invitations"]}
      send={(values, once) => ask<InvitationWithLink>("POST", "/invitations", { body: filled(values), once })}
      told={(made) => made.link}
      done={t("admin.saved")}
    />
  );
}
