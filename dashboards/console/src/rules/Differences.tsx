/** What differs between a set and the live one: rule by rule, member by member; or the texts side by side. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { differencesQuery } from "./queries";

/** `here` and `there` are references of sets. */
export function Differences({ here, there }: { here: string; there: string }) {
  const { t } = useTranslation();
  const found = useQuery(differencesQuery(here, there));
  if (found.isPending) return <Skeleton active className="panel-skeleton" />;
  if (found.data === undefined) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />;
  if (found.data.length === 0) return <EmptyNotice title={t("rules.same")} help={t("rules.sameHelp")} />;
  return (
    <ul className="rules-differences" data-testid="differences">
      {found.data.map((rule) => (
        <li key={rule.key} data-rule={rule.key}>
          <h3>
            <Link to={`/rules/rule/${rule.key}?set=${rule.members.some((one) => one.here !== null) ? here : there}`}>{rule.key}</Link>
            {rule.members.every((one) => one.here === null) && <span className="rules-tag rules-work-failed">{t("rules.ruleGone")}</span>}
            {rule.members.every((one) => one.there === null) && <span className="rules-tag rules-tag-live">{t("rules.ruleNew")}</span>}
          </h3>
          <dl>
            {rule.members.map((member) => (
              <div key={member.name} data-member={member.name}>
                <dt>{member.name}</dt>
                <dd>
                  {member.there !== null && member.there !== "" && (
                    <del>
                      <span className="unseen">{t("rules.before")} </span>
                      {member.there}
                    </del>
                  )}
                  {member.here !== null && member.here !== "" && (
                    <ins>
                      <span className="unseen">{t("rules.after")} </span>
                      {member.here}
                    </ins>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
