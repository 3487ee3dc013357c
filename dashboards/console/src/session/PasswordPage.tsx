/** The page of a password link: whose account it is; a password of one's own. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useParams } from "react-router";
import { ApiError } from "../api/client";
import { changeViewer, passwordLinkQuery, takePassword } from "../api/queries";
import { Brand } from "../app/Brand";
import { setPreferences } from "../app/preferences";
import { AppearanceSwitch, LanguageSwitch } from "../app/switches";
import { preferencesOf } from "./account";
import { NewPasswordFields, type NewPassword } from "./NewPasswordFields";
import { problemWords } from "./problemWords";
import "./login.css";

export function PasswordPage() {
  const { t, i18n } = useTranslation();
  const token = useParams()["token"] ?? "";
  const entry = useMutation({ mutationFn: ({ password }: NewPassword) => takePassword(token, password), onSuccess: changeViewer });
  // A link that is used is over: it is not asked for again.
  const link = useQuery({ ...passwordLinkQuery(token), enabled: !entry.isPending && !entry.isSuccess });
  const language = link.data?.language;
  useEffect(() => {
    if (language !== undefined) setPreferences(preferencesOf({ language, time_zone: null }));
  }, [language]);
  if (entry.isSuccess) return <Navigate to="/live" replace />;
  const shown = link.data;
  return (
    <main className="login">
      <div className="login-switches">
        <LanguageSwitch />
        <AppearanceSwitch />
      </div>
      <section className="login-card" aria-labelledby="password-title" aria-busy={link.isPending}>
        <Brand />
        <h1 id="password-title">{t("password.title")}</h1>
        {link.error && (
          <>
            <Alert type="error" showIcon role="alert" className="login-problem" title={refusal(link.error)} />
            <Link to="/login">{t("invite.toLogin")}</Link>
          </>
        )}
        {shown && (
          <>
            <p data-testid="password-for">{t("password.for", { maker: shown.made_by, login: shown.login, organisation: shown.organisation_name })}</p>
            <p className="login-help">
              {t("invite.until", { time: new Date(shown.expires_at).toLocaleString(i18n.language) })} {t("password.ends")}
            </p>
            <Form<NewPassword> layout="vertical" requiredMark={false} size="large" onFinish={(values) => entry.mutate(values)}>
              <Input autoComplete="username" value={shown.login} readOnly hidden />
              <NewPasswordFields />
              {entry.error && <Alert type="error" showIcon role="alert" className="login-problem" title={refusal(entry.error)} />}
              <Button type="primary" htmlType="submit" block loading={entry.isPending}>
                {t("password.take")}
              </Button>
            </Form>
          </>
        )}
      </section>
    </main>
  );

  function refusal(error: unknown): string {
    if (error instanceof ApiError && !shown && (error.status === 404 || error.code === "invalid_input")) return t("invite.broken");
    return problemWords(error, t);
  }
}
