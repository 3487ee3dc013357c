/** Pure: what is left until an item is due, and the days between which it will be, in words. */
import type { TFunction } from "i18next";
import type { DueItem } from "../api/types";
import { quantity } from "../format/value";

/** "38.5 h · 122 days", with "over by" where it is behind. */
export function leftWords(left: DueItem["left"], language: string, t: TFunction): string {
  const told = (value: number | null, text: (size: number) => string): string[] =>
    value === null ? [] : [value < 0 ? t("machinePage.over", { by: text(-value) }) : text(value)];
  return (
    [
      ...told(left.h, (size) => quantity(size, "h", language)),
      ...told(left.km, (size) => quantity(size, "km", language)),
      ...told(left.l, (size) => quantity(size, "L", language)),
      ...told(left.days, (size) => new Intl.NumberFormat(language, { style: "unit", unit: "day", unitDisplay: "long", maximumFractionDigits: 0 }).format(size)),
    ].join(" · ") || "–"
  );
}

/** Whether it is behind in anything: then no day is foreseen any more, it is due. */
export const isOver = (left: DueItem["left"]): boolean => [left.h, left.km, left.l, left.days].some((one) => one !== null && one < 0);

/** "26 Nov – 2 Dec 2026"; null: not foreseen. */
export function dueRange(item: Pick<DueItem, "due_low" | "due_on" | "due_high">, language: string): string | null {
  const format = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
  if (item.due_on === null) return null;
  const [low, high] = [item.due_low ?? item.due_on, item.due_high ?? item.due_on];
  return format.formatRange(Date.parse(low), Date.parse(high));
}
