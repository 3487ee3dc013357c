/** Names of things in the viewer's language, durations and shares as the workshop shows them. */
import type { Words } from "../api/types";
import type { Language } from "../app/preferences";
import type { TFunction } from "i18next";
import { kindWord } from "../machines/words";

export type Change = "new" | "gone" | "moved";

/** The text of the viewer's language. */
export function said(words: Words, language: Language): string {
  return language === "zh-CN" ? words.zh : words.en;
}

/** For which machines, as the API writes it: "all", "kind excavator or wheel_loader, model LW500". */
export function scopeWords(scope: string, t: TFunction): string {
  if (scope === "all") return t("rules.everyMachine");
  const part = (text: string): string => {
    const [what, ...rest] = text.split(" ");
    const named = rest.join(" ").split(" or ");
    if (what === "kind") return named.map((kind) => kindWord(kind, t)).join(" / ");
    return what === "model" ? named.join(" / ") : text;
  };
  return scope.split(", ").map(part).join(" · ");
}

const STEPS: readonly (readonly [string, number])[] = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];

/** Seconds as a rule file writes them: "10s", "1.5h". */
export function duration(seconds: number): string {
  const [unit, size] = STEPS.find(([, step]) => seconds >= step && Number.isInteger((seconds / step) * 10)) ?? ["s", 1];
  return `${Number((seconds / size).toFixed(3))} ${unit}`;
}

/** A ratio of 0 to 1 as "86%"; an en dash for none. */
export function share(ratio: number | null | undefined, language: string, digits = 0): string {
  return ratio === null || ratio === undefined ? "–" : ratio.toLocaleString(language, { style: "percent", maximumFractionDigits: digits });
}

export function count(value: number, language: string): string {
  return value.toLocaleString(language);
}
