import { useTranslation } from "react-i18next";
import { clock } from "../format/time";
import { usePreferences } from "./preferences";
import { useNow } from "./useNow";

/** The time by which every time on the page is to be read, with its zone. */
export function ViewerClock() {
  const now = useNow();
  const { t } = useTranslation();
  const { language } = usePreferences();
  const zone = Intl.DateTimeFormat(language, { timeZoneName: "shortOffset" })
    .formatToParts(now)
    .find((part) => part.type === "timeZoneName")?.value;
  return (
    <span className="viewer-clock" title={t("header.zone", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}>
      {clock(now, language)} <small>{zone}</small>
    </span>
  );
}
