/** An instant in the viewer's zone; pointed at, touched or reached by keyboard, `TimeTip` tells all of it, and what the clock says at the machine. */
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { age, clockOrDay, instant } from "../format/time";
import { usePreferences } from "./preferences";
import { isReachedWithItsRow } from "./timeTip";
import { useNow } from "./useNow";

interface TimeProps {
  /** Milliseconds or RFC 3339; null is shown as a dash. */
  readonly at: string | number | null;
  /** The name of the site where the machine stands, whose zone is the machine's; null: it stands on none. */
  readonly site?: string | null;
  /** The machine whose time it is, by its id, where its site is not at hand. */
  readonly machine?: string | null;
  /** How long ago, instead of when. */
  readonly asAge?: boolean;
  /** With the year, the seconds and the zone. */
  readonly whole?: boolean;
  /** Other words for the instant. */
  readonly children?: ReactNode;
}

export function Time({ at, site, machine, asAge = false, whole = false, children }: TimeProps) {
  const { language } = usePreferences();
  const now = useNow();
  const shown = useRef<HTMLTimeElement>(null);
  // Its own stop of the Tab key, unless what takes the focus beside it shows the words too.
  useLayoutEffect(() => {
    if (shown.current !== null && !isReachedWithItsRow(shown.current)) shown.current.tabIndex = 0;
  }, [at === null]);
  if (at === null) return <span className="quiet">–</span>;
  const ms = typeof at === "number" ? at : Date.parse(at);
  return (
    <time ref={shown} dateTime={new Date(ms).toISOString()} data-tip="" data-site={site ?? undefined} data-machine={machine ?? undefined}>
      {children ?? (whole ? instant(ms, language) : asAge ? age(now - ms, language) : clockOrDay(ms, now, language))}
    </time>
  );
}
