/** Pure: what is left until an item is due, in the unit that runs out first. */
import type { TFunction } from "i18next";
import type { DueItem } from "../api/types";
import { quantity } from "../format/value";

/** "12.0 h", "-3 d": less than nothing is how long it is over. */
export function leftWords(left: DueItem["left"], t: TFunction, language: string): string {
  if (left.h !== null) return quantity(left.h, "h", language);
  if (left.km !== null) return quantity(left.km, "km", language);
  if (left.l !== null) return quantity(left.l, "L", language);
  if (left.days !== null) return t("overview.days", { count: Math.round(left.days) });
  return "";
}
