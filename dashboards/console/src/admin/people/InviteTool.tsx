/** Inviting a colleague: a role that one may give there, and a link that is shown once. */
import { UserAddOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../../api/queries";
import type { InvitationWithLink } from "../../api/types";
import { filled } from "../fields";
import { FormDialog } from "../FormDialog";
import { ask, type Values } from "../noun";
import { ORGANISATION } from "../targets";
import { useMay } from "../useMay";

export function InviteTool() {
  const { t } = useTranslation();
  const may = useMay();
  const { data: me } = useQuery(sessionQuery);
  if (!may("edit_people") || !me) return null;
  const rolesAt = (kind: unknown): readonly string[] => me.grants[typeof kind === "string" ? kind : me.organisation.kind] ?? [];
  const isOpenTo = ({ id, kind }: Values): boolean => id !== me.organisation.id && rolesAt(kind).length > 0;
  return (
    <FormDialog<InvitationWithLink>
      button={t("admin.invite")}
      icon={<UserAddOutlined />}
      primary
      title={t("admin.inviteTitle")}
      help={t("admin.inviteHelp")}
      fields={[
        { name: "organisation_id", kind: "reference", to: { ...ORGANISATION, filters: { active: true }, only: isOpenTo }, takes: "kind", help: "ownOrganisation" },
        { name: "role", kind: "choice", list: "roles", codesOf: (values) => rolesAt(values["organisation_id.kind"]), required: true, help: "roleThere" },
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
