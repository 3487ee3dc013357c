/** An instant in the viewer's zone; on hover all of it, and what the clock says at the machine. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { siteZonesQuery } from "../api/queries";
import { age, clockOrDay, instant, instantIn, shownZone } from "../format/time";
import { usePreferences } from "./preferences";
import { useNow } from "./useNow";

/** `site`: the name of the site where the machine stands, whose zone is the machine's; null: it stands on none. */
interface TimeProps {
  readonly at: string | number | null;
  readonly site?: string | null;
  /** How long ago, instead of when. */
  readonly asAge?: boolean;
}

export function Time({ at, site, asAge = false }: TimeProps) {
  const title = useTimeTitle(at, site);
  const { language } = usePreferences();
  const now = useNow();
  if (at === null) return <span className="quiet">–</span>;
  const ms = typeof at === "number" ? at : Date.parse(at);
  return (
    <time dateTime={new Date(ms).toISOString()} title={title}>
      {asAge ? age(now - ms, language) : clockOrDay(ms, now, language)}
    </time>
  );
}

/** The words for the hover of an instant: the viewer's zone, and below it the machine's where that is another. */
export function useTimeTitle(at: string | number | null, site?: string | null): string {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const zones = useQuery({ ...siteZonesQuery, enabled: site != null });
  if (at === null) return "";
  const ms = typeof at === "number" ? at : Date.parse(at);
  const mine = instant(ms, language);
  const zone = site == null ? undefined : zones.data?.get(site);
  if (zone === undefined || zone === shownZone()) return mine;
  return `${mine}\n${t("time.atMachine", { time: instantIn(ms, zone, language) })}`;
}
