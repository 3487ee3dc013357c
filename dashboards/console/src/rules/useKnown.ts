import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { signalsQuery } from "../api/queries";
import { usePreferences } from "../app/preferences";
import { FUNCTIONS, type Known, RULE_KEYS, TEST_KEYS } from "./completion";
import { ruleSetQuery } from "./queries";
import { said } from "./words";

/** What the editor completes with: signals, rules, causes and checks, with what each means. */
export function useKnown(): Known {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: signals } = useQuery(signalsQuery);
  const { data: live } = useQuery(ruleSetQuery("live"));
  return useMemo(() => {
    const rules = live?.rules ?? [];
    const named = (member: "causes" | "checks"): { key: string; name: string }[] =>
      [...new Map(rules.flatMap((rule) => rule[member].map((one) => [one.key, said(one.text, language)] as const)))].map(([key, name]) => ({ key, name }));
    return {
      signals: [...(signals?.values() ?? [])].map((one) => ({ ...one, name: language === "zh-CN" ? one.zh : one.en })),
      rules: rules.map((rule) => ({ key: rule.key, name: said(rule.title, language) })),
      causes: named("causes"),
      checks: named("checks"),
      words: {
        functions: Object.fromEntries((Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[]).map((name) => [name, t(`rules.fn.${name}`)])),
        keys: Object.fromEntries([...RULE_KEYS, ...TEST_KEYS].map((name) => [name, t(`rules.key.${name}`)])),
        valid: t("rules.valid"),
      },
    };
  }, [signals, live, language, t]);
}
