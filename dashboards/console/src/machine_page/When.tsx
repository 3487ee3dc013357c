/** An instant in the viewer's zone, with the machine's own time on hover. */
import { createContext, useContext } from "react";
import { usePreferences } from "../app/preferences";
import { Time, useTimeTitle } from "../app/Time";
import { instant } from "../format/time";

/** The name of the site where the machine stands, whose zone is the machine's; null where that is not told. */
export const MachineSite = createContext<string | null>(null);

/** `whole`: with the day, the seconds and the zone. */
export function When({ at, whole = false }: { at: string | null; whole?: boolean }) {
  const site = useContext(MachineSite);
  if (at !== null && whole) return <WholeTime at={at} site={site} />;
  return <Time at={at} site={site} />;
}

function WholeTime({ at, site }: { at: string; site: string | null }) {
  const { language } = usePreferences();
  const title = useTimeTitle(at, site);
  return (
    <time dateTime={at} title={title}>
      {instant(Date.parse(at), language)}
    </time>
  );
}
