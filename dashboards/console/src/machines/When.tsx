/** When something was at the machine that a part of the page is about: in the viewer's zone, and by the machine's own clock where one asks. */
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { machinesQuery, siteZonesQuery } from "../api/queries";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { instantIn, shownZone } from "../format/time";

/** Whose clock it is: by the name of the site where the machine stands, or by the machine's id where that is not at hand. */
export interface ItsClock {
  readonly site?: string | null;
  readonly machine?: string | null;
}

/** The machine that the page, or this part of it, is about. */
export const ItsMachine = createContext<ItsClock>({});

interface WhenProps {
  readonly at: string | number | null;
  /** With the day, the seconds and the zone. */
  readonly whole?: boolean;
  /** How long ago, instead of when. */
  readonly asAge?: boolean;
  /** Other words for it, such as who did it then. */
  readonly children?: ReactNode;
}

export function When(props: WhenProps) {
  return <Time {...useContext(ItsMachine)} {...props} />;
}

/** What the clock at the machine says at an instant, in words; "" where it says the same as the viewer's, and of null. */
export function useMachineClock(at: number | null): string {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { site, machine } = useContext(ItsMachine);
  const { data: its } = useQuery({
    ...machinesQuery,
    enabled: at !== null && site === undefined && machine != null,
    select: (fleet) => fleet.find((one) => one.id === machine)?.site ?? null,
  });
  const name = site ?? its ?? null;
  const { data: zones } = useQuery({ ...siteZonesQuery, enabled: name !== null });
  const zone = name === null ? undefined : zones?.get(name);
  return at === null || zone === undefined || zone === shownZone() ? "" : t("time.atMachine", { time: instantIn(at, zone, language) });
}
