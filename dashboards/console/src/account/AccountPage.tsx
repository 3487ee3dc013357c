/** Who the viewer is, what they chose for all their browsers, their password, and where they are signed in. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../api/queries";
import type { Me } from "../api/types";
import { Page } from "../app/Page";
import { PageLoading } from "../app/PageLoading";
import { Panel } from "../app/Panel";
import { ChoicesPanel } from "./ChoicesPanel";
import { PasswordPanel } from "./PasswordPanel";
import { ownNameQuery } from "./queries";
import { SessionsPanel } from "./SessionsPanel";
import "./account.css";

export function AccountPage() {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionQuery);
  if (!me) return <PageLoading />;
  return (
    <Page title={t("account.title")}>
      <div className="account">
        <div className="account-column">
          <Person me={me} />
          <ChoicesPanel me={me} />
        </div>
        <PasswordPanel login={me.login} />
        <SessionsPanel />
      </div>
    </Page>
  );
}

function Person({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { data: name } = useQuery(ownNameQuery(me));
  const facts: readonly (readonly [word: string, value: string])[] = [
    ...(name ? [[t("account.name"), name] as const] : []),
    [t("login.name"), me.login],
    [t("account.role"), t(`role.${me.role as "owner"}`)],
    [t("account.organisation"), me.organisation.name],
  ];
  return (
    <Panel id="account-person" title={t("account.person")}>
      <dl className="account-facts">
        {facts.map(([word, value]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
