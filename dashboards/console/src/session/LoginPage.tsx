/** The sign-in page. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useDeferredValue, useState } from "react";
import { useLocation } from "react-router";
import { ApiError } from "../api/client";
import { changeViewer, companyLoginsQuery, sessionQuery, signIn } from "../api/queries";
import { Brand } from "../app/Brand";
import { LanguageSwitch, AppearanceSwitch } from "../app/switches";
import { Onward } from "./Onward";
import { useTitle } from "../app/title";
import { ownPath } from "./ownPath";
import { problemWords } from "./problemWords";
import "./login.css";

interface Credentials {
  readonly login: string;
  readonly password: string;
}

function cameFrom(state: unknown, search: string): string {
  return ownPath((state as { from?: unknown } | null)?.from ?? new URLSearchParams(search).get("to"));
}

export function LoginPage() {
  const { t } = useTranslation();
  const { state, search } = useLocation() as { state: unknown; search: string };
  useTitle(t("login.title"));
  const [typed, setTyped] = useState("");
  const companies = useQuery(companyLoginsQuery(useDeferredValue(typed.trim())));
  const session = useQuery(sessionQuery);
  const entry = useMutation({
    mutationFn: ({ login, password }: Credentials) => signIn(login.trim(), password),
    onSuccess: changeViewer,
  });
  if (session.data) return <Onward to={cameFrom(state, search)} />;
  return (
    <main className="login">
      <div className="login-switches">
        <LanguageSwitch />
        <AppearanceSwitch />
      </div>
      <section className="login-card" aria-labelledby="login-title">
        <Brand />
        <h1 id="login-title">{t("login.title")}</h1>
        {new URLSearchParams(search).get("company") === "refused" && (
          <Alert type="error" showIcon role="alert" className="login-problem" title={t("login.companyRefused")} />
        )}
        <Form<Credentials>
          layout="vertical"
          requiredMark={false}
          size="large"
          onValuesChange={(change: Partial<Credentials>) => change.login !== undefined && setTyped(change.login)}
          onFinish={(values) => entry.mutate(values)}
        >
          <Form.Item name="login" label={t("login.name")} rules={[{ required: true, message: t("login.nameMissing") }]}>
            <Input autoComplete="username" autoFocus spellCheck={false} autoCapitalize="none" />
          </Form.Item>
          {companies.data?.map((company) => (
            <Button
              key={company.id}
              block
              className="login-company"
              href={`${company.start}?return_to=${encodeURIComponent(cameFrom(state, search))}`}
            >
              {t("login.company", { name: company.name })}
            </Button>
          ))}
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
