/** Who did it. */
import type { TFunction } from "i18next";

const PLATFORM = "platform"; // who does what nobody did

export function actorWords(actor: string | null, t: TFunction): string {
  return actor === null || actor === PLATFORM ? t("alarm.platform") : actor;
}
