/** The part of a verdict: its words where the text names one, else what was written. */
import type { TFunction } from "i18next";
import type { Verdict } from "../api/types";
import type { Language } from "../app/preferences";

const NOT_KNOWN_YET = "unknown"; // the API's word for it

export function partWords({ part, part_named: named }: Pick<Verdict, "part" | "part_named">, language: Language, t: TFunction): string {
  if (named !== null) return language === "zh-CN" ? named.text.zh : named.text.en;
  return part === NOT_KNOWN_YET ? t("alarm.partUnknown") : (part ?? "");
}
