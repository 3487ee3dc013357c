/** The sign-in page. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { ApiError } from "../api/client";
import { changeViewer, sessionQuery, signIn } from "../api/queries";
import { Brand } from "../app/Brand";
import { LanguageSwitch, AppearanceSwitch } from "../app/switches";
import { problemWords } from "./problemWords";
import "./login.css";

interface Credentials {
  readonly login: string;
  readonly password: string;
}

function cameFrom(state: unknown): string {
  const from = (state as { from?: unknown } | null)?.from;
  return typeof from === "string" && from.startsWith("/") && !from.startsWith("//") ? from : "/live";
}

export function LoginPage() {
  const { t } = useTranslation();
  const { state } = useLocation() as { state: unknown };
  const session = useQuery(sessionQuery);
  const entry = useMutation({
    mutationFn: ({ login, password }: Credentials) => signIn(login.trim(), password),
    onSuccess: changeViewer,
  });
  if (session.data) return <Navigate to={cameFrom(state)} replace />;
  return (
    <main className="login">
      <div className="login-switches">
        <LanguageSwitch />
        <AppearanceSwitch />
      </div>
      <section className="login-card" aria-labelledby="login-title">
        <Brand />
        <h1 id="login-title">{t("login.title")}</h1>
        <Form<Credentials> layout="vertical" requiredMark={false} size="large" onFinish={(values) => entry.mutate(values)}>
          <Form.Item name="login" label={t("login.name")} rules={[{ required: true, message: t("login.nameMissing") }]}>
            <Input autoComplete="username" autoFocus spellCheck={false} autoCapitalize="none" />
          </Form.Item>
          <Form.Item name="password" label={t("login.password")} rules={[{ required: true, message: t("login.passwordMissing") }]}>
            <Input.Password autoComplete="current-password" />
          </Form.Item>
          {entry.error && (
            <Alert
              type="error"
              showIcon
              role="alert"
              title={
                entry.error instanceof ApiError && entry.error.status === 401 ? t("login.refused") : problemWords(entry.error, t)
              }
              className="login-problem"
            />
          )}
          <Button type="primary" htmlType="submit" block loading={entry.isPending}>
            {t("login.enter")}
          </Button>
        </Form>
      </section>
    </main>
  );
}
