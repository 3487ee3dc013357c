/** Until when something holds. */
import { useTranslation } from "react-i18next";
import { usePreferences } from "../app/preferences";
import { instant } from "../format/time";
import { When } from "../machines/When";

export function Until({ at }: { at: number }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return <When at={at}>{t("alarm.until", { time: instant(at, language) })}</When>;
}
