import { useTranslation } from "react-i18next";
import { clock, shownZone, zoneName } from "../format/time";
import { usePreferences } from "./preferences";
import { useNow } from "./useNow";

/** The time by which every time on the page is to be read, with its zone. */
export function ViewerClock() {
  const now = useNow();
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <span className="viewer-clock" title={t("header.zone", { zone: shownZone() })}>
      {clock(now, language)} <small>{zoneName(now, language)}</small>
    </span>
  );
}
