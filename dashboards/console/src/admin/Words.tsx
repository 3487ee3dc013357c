/** Code lists as choices, in the viewer's language. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { codesQuery } from "../api/queries";
import { usePreferences } from "../app/preferences";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** The choices of a code list, or of it those named. */
export function useChoices(list: string | undefined, codes: readonly string[] | undefined): readonly Choice[] {
  const { language } = usePreferences();
  const { data } = useQuery({ ...codesQuery(list ?? ""), enabled: list !== undefined });
  const known = codes ?? [...(data?.keys() ?? [])];
  return known.map((value) => {
    const found = data?.get(value);
    return { value, label: found === undefined ? value.replaceAll("_", " ") : language === "zh-CN" ? found.zh : found.en };
  });
}

/** Yes or no, said in words and by a sign. */
export function YesNo({ yes }: { yes: boolean }) {
  const { t } = useTranslation();
  return <span className={yes ? "yes" : "quiet"}>{yes ? t("admin.yes") : t("admin.no")}</span>;
}

export function Nothing() {
  return <span className="quiet">–</span>;
}
