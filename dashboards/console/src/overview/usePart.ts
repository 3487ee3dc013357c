/** Which part of the fleet the overview is about; kept in the address, so that the view can be shared. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "../app/search";
import { machinesQuery, sitesQuery } from "../api/queries";
import type { Machine } from "../api/types";
import { SHOWN_STATES, type ShownState } from "../machines/words";
import { organisationsQuery } from "../machines/organisations";
import { SEVERITIES } from "../severity/severity";
import type { PlacedPart } from "./paths";
import { ofPart, type Part, placedIn, type Sites, sitesOf, standAlike, withThoseBelow } from "./narrowed";

export interface PartOfFleet extends Part, PlacedPart {
  /** Of the site and the owners. */
  readonly machines: readonly Machine[] | undefined;
  /** Where they stand; the same map until a machine comes, goes or changes its site. */
  readonly sites: Sites;
  /** Of them those with the chosen states and severities. */
  readonly shown: readonly Machine[] | undefined;
  readonly choose: (change: { site?: string | undefined; organisation?: string | undefined }) => void;
  readonly toggleState: (state: ShownState) => void;
}

const NOBODY: readonly Machine[] = [];

function useSites(machines: readonly Machine[] = NOBODY): Sites {
  const [held, setHeld] = useState(() => ({ machines, sites: sitesOf(machines) }));
  if (held.machines === machines) return held.sites;
  if (standAlike(held.machines, machines)) return held.sites;
  const next = { machines, sites: sitesOf(machines) };
  setHeld(next);
  return next.sites;
}

export function usePart(): PartOfFleet {
  const [search, setSearch] = useSearchParams();
  const { data: fleet } = useQuery(machinesQuery);
  const site = search.get("site");
  const organisation = search.get("organisation");
  const { data: organisations } = useQuery(organisationsQuery);
  const { data: places } = useQuery({ ...sitesQuery, enabled: site !== null });
  const said = `${search.get("state") ?? ""}|${search.get("severity") ?? ""}`;
  const [states, severities] = useMemo(() => {
    const [named = "", worst = ""] = said.split("|").map((part) => part.split(",")) as unknown as string[][];
    return [new Set(SHOWN_STATES.filter((state) => named.includes(state))), new Set(SEVERITIES.filter((severity) => worst.includes(severity)))];
  }, [said]);
  const owners = useMemo(() => (organisation === null ? null : withThoseBelow(organisations ?? [], organisation)), [organisation, organisations]);
  const machines = useMemo(() => fleet && placedIn(fleet, site, owners), [fleet, site, owners]);
  const shown = useMemo(() => machines && ofPart(machines, { states, severities }), [machines, states, severities]);

  const sites = useSites(machines);
  const set = useCallback(
    (name: string, value: string | undefined): void =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === undefined || value === "") after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  const choose = useCallback(
    (change: { site?: string | undefined; organisation?: string | undefined }): void => {
      if ("site" in change) set("site", change.site);
      if ("organisation" in change) set("organisation", change.organisation);
    },
    [set],
  );
  const toggleState = useCallback(
    (state: ShownState): void => {
      const next = new Set(states);
      if (!next.delete(state)) next.add(state);
      set("state", SHOWN_STATES.filter((one) => next.has(one)).join(","));
    },
    [states, set],
  );
  return {
    site,
    siteId: places?.find((one) => one.name === site)?.id ?? null,
    organisation,
    organisationId: (organisation !== null && organisations?.find((one) => one.name === organisation)?.id) || null,
    states,
    severities,
    machines,
    shown,
    sites,
    choose,
    toggleState,
  };
}
