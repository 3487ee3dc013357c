/** The page of an invitation's link: who invites, to what; a login and a password of one's own. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { type ApiError } from "../api/client";
import { acceptInvitation, changeViewer, invitationQuery } from "../api/queries";
import { LinkPage } from "./LinkPage";
import { type NewPassword } from "./NewPasswordFields";

interface Chosen extends NewPassword {
  readonly login: string;
}

export function InvitePage() {
  const { t } = useTranslation();
  const token = useParams()["token"] ?? "";
  const entry = useMutation({
    mutationFn: ({ login, password }: Chosen) => acceptInvitation(token, login.trim(), password),
    onSuccess: changeViewer,
  });
  // An invitation that is accepted is gone: it is not asked for again.
  const link = useQuery({ ...invitationQuery(token), enabled: !entry.isPending && !entry.isSuccess });
  return (
    <LinkPage
      name="invite"
      link={link}
      entry={entry}
      title={t("invite.title")}
      take={t("invite.accept")}
      told={(shown) => (
        <p data-testid="invite-to">
          {t("invite.to", { inviter: shown.invited_by, organisation: shown.organisation_name, role: t(`role.${shown.role}`) })}
        </p>
      )}
      beside={(shown) =>
        shown.company_logins.map((company) => (
          <Button key={company.id} block size="large" className="login-company" href={`${company.start}?invitation=${token}`}>
            {t("login.company", { name: company.name })}
          </Button>
        ))
      }
      fields={() => (
        <Form.Item name="login" label={t("invite.login")} rules={[{ required: true, message: t("login.nameMissing") }]}>
          <Input autoComplete="username" spellCheck={false} autoCapitalize="none" />
        </Form.Item>
      )}
      first={(shown) => ({ login: shown.email ?? "" })}
      refused={refused}
    />
  );

  function refused(error: ApiError): string | undefined {
    if (error.code === "conflict") return t("invite.taken");
    if (error.code === "not_found") return t("invite.broken");
    return error.code === "invalid_input" ? error.detail : undefined;
  }
}
