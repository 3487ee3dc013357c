/** What went wrong, in words that say what to do. */
import type { TFunction } from "i18next";
import { ApiError } from "../api/client";
import { instant } from "../format/time";

export function problemWords(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError)) return t("problem.unknown");
  if (error.status === 0) return t("problem.unreachableHelp");
  if (error.status === 401) return t("problem.signedOut");
  if (error.status === 403) return t("problem.forbidden");
  if (error.status === 409) return t("problem.conflict");
  if (error.status === 429) return t("problem.tooMany");
  if (error.code === "being_changed") return error.detail;
  if (error.status >= 500) return t("problem.server");
  return error.detail || error.message;
}

/** Why the platform refused something, in its own words where it gives any (409, 412 and 422 do). */
export function refusalWords(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError) || error.errors.length === 0) return problemWords(error, t);
  return error.errors.map((one) => inViewersZone(one.message)).join(" ");
}

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)/g;

/** A sentence of the platform with its instants as the viewer's clock shows them. */
export function inViewersZone(sentence: string): string {
  return sentence.replace(INSTANT, (at) => instant(Date.parse(at), document.documentElement.lang));
}
