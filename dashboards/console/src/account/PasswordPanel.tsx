/** A new password of one's own; not pressed upon those who came by a company login, which keeps theirs. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { Panel } from "../app/Panel";
import { useUnsaved } from "../app/unsaved";
import { type NewPassword, NewPasswordFields } from "../session/NewPasswordFields";
import { refusalWords } from "../session/problemWords";
import { changePassword, sessionsQuery } from "./queries";

interface Wanted extends NewPassword {
  readonly current: string;
}

/** The form's fields by the names that the API has for them. */
const FIELDS: Readonly<Record<string, keyof Wanted>> = { current_password: "current", new_password: "password" };

export function PasswordPanel({ login }: { login: string }) {
  const { t } = useTranslation();
  const sessions = useQuery(sessionsQuery);
  const [hasOne, setHasOne] = useState(false);
  const company = sessions.data?.find((one) => one.is_this)?.company_login ?? null;
  return (
    <Panel id="account-password" title={t("account.password")}>
      {sessions.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 4 }} className="panel-skeleton" />
      ) : company !== null && !hasOne ? (
        <div className="account-form">
          <p>{t("account.byCompany", { name: company })}</p>
          <Button className="account-own" onClick={() => setHasOne(true)}>
            {t("account.hasPassword")}
          </Button>
        </div>
      ) : (
        <PasswordForm login={login} />
      )}
    </Panel>
  );
}

function PasswordForm({ login }: { login: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<Wanted>();
  const [isTyped, setTyped] = useState(false);
  useUnsaved(isTyped);
  const change = useMutation({
    mutationFn: ({ current, password }: Wanted) => changePassword(current, password),
    onSuccess: async () => {
      form.resetFields();
      setTyped(false);
      await client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
    onError: (error) => {
      const fields = fieldsOf(error);
      form.setFields(fields);
      if (fields[0] !== undefined) form.getFieldInstance(fields[0].name)?.focus();
    },
  });
  const isElsewhere = change.error !== null && fieldsOf(change.error).length === 0;
  return (
    <Form<Wanted>
      form={form}
      name="own-password"
      layout="vertical"
      requiredMark={false}
      className="account-form"
      onValuesChange={(_, all) => setTyped(Object.values(all).some(Boolean))}
      onFinish={(wanted) => change.mutate(wanted)}
    >
      <p className="quiet">{t("account.passwordHelp")}</p>
      <input autoComplete="username" value={login} readOnly hidden />
      <Form.Item name="current" label={t("account.current")} rules={[{ required: true, message: t("account.currentMissing") }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <NewPasswordFields label={t("account.new")} />
      {isElsewhere && <Alert type="error" showIcon role="alert" title={refusalWords(change.error, t)} />}
      {change.isSuccess && !isTyped && <Alert type="success" showIcon role="status" title={t("account.changed")} />}
      <Button type="primary" htmlType="submit" loading={change.isPending} data-testid="change-password">
        {t("account.password")}
      </Button>
    </Form>
  );
}

/** What the platform says of single fields, for the form. */
function fieldsOf(error: unknown): { name: keyof Wanted; errors: string[] }[] {
  if (!(error instanceof ApiError)) return [];
  return error.errors.flatMap(({ where, message }) => {
    const name = FIELDS[where];
    return name === undefined ? [] : [{ name, errors: [message] }];
  });
}
