/** The page of a link that somebody was handed: what it is for, and a form by which a password is taken and used. */
import { type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { Alert, Button, Form } from "antd";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate } from "react-router";
import { ApiError } from "../api/client";
import { instant } from "../format/time";
import { Brand } from "../app/Brand";
import { languageOfBrowser, setPreferences } from "../app/preferences";
import { AppearanceSwitch, LanguageSwitch } from "../app/switches";
import { preferencesOf } from "./account";
import { NewPasswordFields, type NewPassword } from "./NewPasswordFields";
import { problemWords } from "./problemWords";
import "./login.css";

/** What every link tells: until when it may be used, and the language of the account; null: none is chosen. */
interface Shown {
  readonly expires_at: string;
  readonly language: "zh" | "en" | null;
}

interface LinkPageProps<Data extends Shown, Chosen extends NewPassword> {
  readonly name: "invite" | "password";
  readonly link: UseQueryResult<Data>;
  readonly entry: UseMutationResult<unknown, unknown, Chosen>;
  readonly title: string;
  readonly take: string;
  /** What the holder of the link is told, above until when it may be used. */
  readonly told: (shown: Data) => ReactNode;
  /** What else is told of until when. */
  readonly ends?: string;
  /** What stands between that and the form. */
  readonly beside?: (shown: Data) => ReactNode;
  /** The fields of the form before the password's. */
  readonly fields: (shown: Data) => ReactNode;
  readonly first?: (shown: Data) => Partial<Chosen>;
  /** The words of a refusal of its own; undefined: those of every page. */
  readonly refused?: (error: ApiError) => string | undefined;
}

export function LinkPage<Data extends Shown, Chosen extends NewPassword>(props: LinkPageProps<Data, Chosen>) {
  const { name, link, entry, title } = props;
  const { t, i18n } = useTranslation();
  const language = link.data?.language;
  useEffect(() => {
    if (language !== undefined) setPreferences(preferencesOf({ language, time_zone: null }, languageOfBrowser()));
  }, [language]);
  if (entry.isSuccess) return <Navigate to="/" replace />;
  const shown = link.data;
  return (
    <main className="login">
      <div className="login-switches">
        <LanguageSwitch />
        <AppearanceSwitch />
      </div>
      <section className="login-card" aria-labelledby={`${name}-title`} aria-busy={link.isPending}>
        <Brand />
        <h1 id={`${name}-title`}>{title}</h1>
        {link.error && (
          <>
            <Alert type="error" showIcon role="alert" className="login-problem" title={refusal(link.error)} />
            <Link to="/login">{t("invite.toLogin")}</Link>
          </>
        )}
        {shown && (
          <>
            {props.told(shown)}
            <p className="login-help">
              {t("invite.until", { time: instant(Date.parse(shown.expires_at), i18n.language) })} {props.ends}
            </p>
            {props.beside?.(shown)}
            <Form<Chosen>
              layout="vertical"
              requiredMark={false}
              size="large"
              initialValues={props.first?.(shown) ?? {}}
              onFinish={(values) => entry.mutate(values)}
            >
              {props.fields(shown)}
              <NewPasswordFields />
              {entry.error !== null && <Alert type="error" showIcon role="alert" className="login-problem" title={refusal(entry.error)} />}
              <Button type="primary" htmlType="submit" block loading={entry.isPending}>
                {props.take}
              </Button>
            </Form>
          </>
        )}
      </section>
    </main>
  );

  function refusal(error: unknown): string {
    if (!(error instanceof ApiError)) return problemWords(error, t);
    if (!shown && (error.status === 404 || error.code === "invalid_input")) return t("invite.broken");
    return props.refused?.(error) ?? problemWords(error, t);
  }
}
