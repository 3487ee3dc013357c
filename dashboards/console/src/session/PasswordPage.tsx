/** The page of a password link: whose account it is; a password of one's own. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { changeViewer, passwordLinkQuery, takePassword } from "../api/queries";
import { LinkPage } from "./LinkPage";
import { type NewPassword } from "./NewPasswordFields";

export function PasswordPage() {
  const { t } = useTranslation();
  const token = useParams()["token"] ?? "";
  const entry = useMutation({ mutationFn: ({ password }: NewPassword) => takePassword(token, password), onSuccess: changeViewer });
  // A link that is used is over: it is not asked for again.
  const link = useQuery({ ...passwordLinkQuery(token), enabled: !entry.isPending && !entry.isSuccess });
  return (
    <LinkPage
      name="password"
      link={link}
      entry={entry}
      title={t("password.title")}
      take={t("password.take")}
      told={(shown) => (
        <p data-testid="password-for">
          {t("password.for", { maker: shown.made_by, login: shown.login, organisation: shown.organisation_name })}
        </p>
      )}
      ends={t("password.ends")}
      fields={(shown) => <Input autoComplete="username" value={shown.login} readOnly hidden />}
    />
  );
}
