/** Names of things in the viewer's language, durations and shares as the workshop shows them. */
import type { Words } from "../api/types";
import type { Language } from "../app/preferences";
import type { TFunction } from "i18next";
import { kindWord } from "../machines/words";

export const CHANGES = ["new", "gone", "moved", "regraded"] as const;
export type Change = (typeof CHANGES)[number];

/** The text of the viewer's language. */
export function said(words: Words, language: Language): string {
  return language === "zh-CN" ? words.zh : words.en;
}

export interface ScopePart {
  readonly what: string;
  /** Kinds in words, the rest as the rule names them. */
  readonly named: readonly string[];
}

/** For which machines, as the API writes it: "kind excavator or wheel_loader, model LW500". */
export function scopeParts(scope: string, t: TFunction): readonly ScopePart[] {
  return scope.split(", ").map((part) => {
    const [what = "", ...rest] = part.split(" ");
    const named = rest.join(" ").split(" or ");
    return { what, named: what === "kind" ? named.map((kind) => kindWord(kind, t)) : named };
  });
}

/** A rule's unit as it is printed; rules are shown in the units in which they are written. */
export function ruleUnit(unit: string): string {
  return unit === "1" ? "" : unit.replaceAll("degC", "°C");
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
