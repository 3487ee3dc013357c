import type { Words } from "../api/types";
import type { Language } from "../app/preferences";

/** A share: what is not nothing is not written as nothing. */
export function shareWords(share: number, language: Language): string {
  const percent = (value: number): string => value.toLocaleString(language, { style: "percent" });
  return share > 0 && share < 0.005 ? `<${percent(0.01)}` : percent(share);
}

/** A text of the API in the viewer's language. */
export function wordsIn(text: Words, language: Language): string {
  return language === "zh-CN" ? text.zh : text.en;
}
