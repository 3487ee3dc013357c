/** The alarms of the desk's view, in the order in which they are to be answered. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { alarmsQuery, machinesQuery, sessionQuery, sitesQuery } from "../api/queries";
import type { Alarm, Machine, NamedOrganisation } from "../api/types";
import { pastQuery } from "./queries";
import { organisationsQuery } from "../machines/organisations";
import { DeskQueue } from "./deskQueue";
import { alone, gathered, type DeskEntry, type Place, placesOf } from "./triage";
import { type DeskView, type Names, showing } from "./view";

export interface Desk {
  readonly entries: readonly DeskEntry[];
  /** How many alarms the view shows, those that stand behind others counted. */
  readonly count: number;
  /** The newest form of every alarm, also of those that have left the view. */
  readonly byId: ReadonlyMap<string, Alarm>;
  readonly places: ReadonlyMap<string, Place>;
  readonly hits: ReadonlyMap<string, number>;
  readonly isPending: boolean;
  /** More is on its way. */
  readonly isComing: boolean;
  readonly error: unknown;
  readonly retry: () => void;
  /** Asks for older ones; null when there are none, or of what is open. */
  readonly more: (() => void) | null;
}

const NO_ALARMS: readonly Alarm[] = [];
const NO_MACHINES: readonly Machine[] = [];

export function useDesk(view: DeskView, opened: ReadonlySet<string>): Desk {
  const isPast = view.standing === "cleared";
  const open = useQuery(alarmsQuery("active"));
  const waiting = useQuery(alarmsQuery("waiting"));
  const past = useInfiniteQuery({ ...pastQuery(view), enabled: isPast });
  const { data: me } = useQuery(sessionQuery);
  const places = usePlaces();
  const names = useNames(view);
  const wanted = useDeferredValue(view);
  const older = useMemo(() => past.data?.pages.flatMap((page) => page.items) ?? NO_ALARMS, [past.data]);
  const [queue] = useState(() => new DeskQueue());
  const login = me?.login ?? "";
  const now = useMemo(() => {
    const rows = queue.answer({ open: open.data ?? NO_ALARMS, waiting: waiting.data ?? NO_ALARMS, view: wanted, names, places, me: login });
    return { rows, byId: queue.byId, hits: queue.hits };
  }, [queue, open.data, waiting.data, wanted, names, places, login]);
  const byId = useMemo(() => (isPast ? new Map([...now.byId, ...older.map((alarm) => [alarm.id, now.byId.get(alarm.id) ?? alarm] as const)]) : now.byId), [isPast, older, now]);
  const shown = useMemo(() => (isPast ? older.filter(showing(wanted, names, places, login)).map(alone) : now.rows), [isPast, older, wanted, names, places, login, now]);
  const entries = useMemo(() => gathered(shown, isPast ? "none" : wanted.gathering, byId, places, opened), [shown, isPast, wanted.gathering, byId, places, opened]);
  const asked = isPast ? past : open;
  return {
    entries,
    count: shown.length,
    byId,
    places,
    hits: now.hits,
    isPending: asked.isPending,
    isComing: asked.isFetching || (!isPast && waiting.isFetching),
    error: asked.data === undefined ? asked.error : null,
    retry: () => void asked.refetch(),
    more: isPast && past.hasNextPage ? () => void past.fetchNextPage() : null,
  };
}

/** Where machines are and what they do; another object only when that changes. */
function usePlaces(): ReadonlyMap<string, Place> {
  const { data: machines } = useQuery(machinesQuery);
  const kept = useRef({ places: new Map() as ReadonlyMap<string, Place>, of: NO_MACHINES });
  return useMemo(() => {
    const of = machines ?? NO_MACHINES;
    kept.current = { places: placesOf(of, kept.current.places, kept.current.of), of };
    return kept.current.places;
  }, [machines]);
}

/** The names of an organisation and of all below it. */
export function namesBelow(organisations: readonly NamedOrganisation[], id: string): ReadonlySet<string> {
  const ids = new Set([id]);
  for (let size = 0; size < ids.size; ) {
    size = ids.size;
    for (const one of organisations) if (one.parent_id !== null && ids.has(one.parent_id)) ids.add(one.id);
  }
  return new Set(organisations.filter((one) => ids.has(one.id)).map((one) => one.name));
}

function useNames({ site, organisation }: DeskView): Names {
  const { data: sites } = useQuery({ ...sitesQuery, enabled: site !== null });
  const { data: organisations } = useQuery({ ...organisationsQuery, enabled: organisation !== null });
  return useMemo(
    () => ({
      site: site === null ? null : (sites?.find((one) => one.id === site)?.name ?? ""),
      customers: organisation === null ? null : namesBelow(organisations ?? [], organisation),
    }),
    [site, sites, organisation, organisations],
  );
}
