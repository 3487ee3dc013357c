/** A rule by its title in the viewer's language, by its key where neither the set nor the live one has it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePreferences } from "../app/preferences";
import { ruleSetQuery } from "./queries";
import { said } from "./words";

/** Key -> title, of a set and of the live one. `dtc` is what fault codes are counted by. */
export function useRuleTitles(set?: number): (key: string) => string {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: live } = useQuery(ruleSetQuery("live"));
  const { data: own } = useQuery({ ...ruleSetQuery(String(set)), enabled: set !== undefined });
  return useMemo(() => {
    const titles = new Map([...(live?.rules ?? []), ...(own?.rules ?? [])].map((rule) => [rule.key, said(rule.title, language)]));
    return (key) => (key === "dtc" ? t("rules.codes") : (titles.get(key) ?? key));
  }, [live, own, language, t]);
}

export function RuleName({ rule, set }: { rule: string; set?: number }) {
  const title = useRuleTitles(set)(rule);
  return title === rule ? <code>{rule}</code> : <span title={rule}>{title}</span>;
}
