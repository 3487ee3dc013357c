/** The page of an invitation's link: who invites, to what; a login and a password of one's own. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useParams } from "react-router";
import { ApiError } from "../api/client";
import { acceptInvitation, changeViewer, invitationQuery } from "../api/queries";
import { Brand } from "../app/Brand";
import { setPreferences } from "../app/preferences";
import { AppearanceSwitch, LanguageSwitch } from "../app/switches";
import { NewPasswordFields, type NewPassword } from "./NewPasswordFields";
import { problemWords } from "./problemWords";
import "./login.css";

interface Chosen extends NewPassword {
  readonly login: string;
}

export function InvitePage() {
  const { t, i18n } = useTranslation();
  const token = useParams()["token"] ?? "";
  const entry = useMutation({
    mutationFn: ({ login, password }: Chosen) => acceptInvitation(token, login.trim(), password),
    onSuccess: changeViewer,
  });
  // An invitation that is accepted is gone: it is not asked for again.
  const invitation = useQuery({ ...invitationQuery(token), enabled: !entry.isPending && !entry.isSuccess });
  const language = invitation.data?.language;
  useEffect(() => {
    if (language !== undefined) setPreferences({ language: language === "zh" ? "zh-CN" : "en-US" });
  }, [language]);
  if (entry.isSuccess) return <Navigate to="/live" replace />;
  const shown = invitation.data;
  return (
    <main className="login">
      <div className="login-switches">
        <LanguageSwitch />
        <AppearanceSwitch />
      </div>
      <section className="login-card" aria-labelledby="invite-title" aria-busy={invitation.isPending}>
        <Brand />
        <h1 id="invite-title">{t("invite.title")}</h1>
        {invitation.error && (
          <>
            <Alert type="error" showIcon role="alert" className="login-problem" title={refusal(invitation.error)} />
            <Link to="/login">{t("invite.toLogin")}</Link>
          </>
        )}
        {shown && (
          <>
            <p data-testid="invite-to">
              {t("invite.to", { inviter: shown.invited_by, organisation: shown.organisation_name, role: t(`role.${shown.role}`) })}
            </p>
            <p className="login-help">{t("invite.until", { time: new Date(shown.expires_at).toLocaleString(i18n.language) })}</p>
            {shown.company_logins.map((company) => (
              <Button key={company.id} block size="large" className="login-company" href={`${company.start}?invitation=${token}`}>
                {t("login.company", { name: company.name })}
              </Button>
            ))}
            <Form<Chosen>
              layout="vertical"
              requiredMark={false}
              size="large"
              initialValues={{ login: shown.email ?? "" }}
              onFinish={(values) => entry.mutate(values)}
            >
              <Form.Item name="login" label={t("invite.login")} rules={[{ required: true, message: t("login.nameMissing") }]}>
                <Input autoComplete="username" spellCheck={false} autoCapitalize="none" />
              </Form.Item>
              <NewPasswordFields />
              {entry.error && <Alert type="error" showIcon role="alert" className="login-problem" title={refusal(entry.error)} />}
              <Button type="primary" htmlType="submit" block loading={entry.isPending}>
                {t("invite.accept")}
              </Button>
            </Form>
          </>
        )}
      </section>
    </main>
  );

  function refusal(error: unknown): string {
    if (!(error instanceof ApiError)) return problemWords(error, t);
    if (error.code === "conflict") return t("invite.taken");
    if (error.code === "not_found" || error.code === "invalid_input") return error.status === 404 || !shown ? t("invite.broken") : error.detail;
    return problemWords(error, t);
  }
}
