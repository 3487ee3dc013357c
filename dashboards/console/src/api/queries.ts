/** Every question the console asks, with its cache key. */
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { languageOfBrowser, setPreferences } from "../app/preferences";
import { heardSince } from "../live/heard";
import { asksAnswer, keepNewer, mergeAlarms } from "../live/merge";
import { byName } from "../machines/sorting";
import { Account, type OwnChange, preferencesOf } from "../session/account";
import { answered, api, ApiError, freshness } from "./client";
import type { Alarm, AlarmDetail, AlarmLimit, AlarmsAsked, InvitationShown, Machine, Me, PasswordLinkShown, Readings, SignalEntry, Site, ToldNotice, Verdict, Words } from "./types";

/** The signals that the fleet table shows. */
export const FLEET_SIGNALS = [
  "engine_speed_rpm",
  "engine_coolant_temp_degc",
  "hydraulic_oil_temp_degc",
  "engine_oil_pressure_kpa",
  "fuel_level_pct",
] as const;

/** What the list and the live line carry of each machine: beside the table's values the map's. */
export const LIVE_SIGNALS: readonly string[] = [...FLEET_SIGNALS, "heading_deg"];

const PAGE = 500;
const MOST_MACHINES = 10_000;
const MOST_ALARMS = 20_000;
const FIRST_ALARMS = 200; // shown at once, before the rest has come
const ALARM_PAGE = 1_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => !(error instanceof ApiError && error.status >= 400 && error.status < 500) && failures < 2,
    },
  },
});

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** Every page, one after the other, `most` items at least; `onPage` is told what has come so far, unless that is all. */
async function allPages<T>(
  most: number,
  ask: (cursor: string | undefined) => Promise<Page<T>>,
  onPage?: (sofar: T[]) => void,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
    if (cursor !== undefined) onPage?.([...items]);
  } while (cursor !== undefined && items.length < most);
  return items;
}

/** Makes `me` the viewer, with the account's language and time zone: what was fetched for the viewer before is forgotten. */
export function changeViewer(me: Me | null): void {
  setPreferences(preferencesOf(me, languageOfBrowser()));
  queryClient.setQueryData(sessionQuery.queryKey, me);
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery.queryKey[0] });
}

// Whoever is signed in no more is led to the sign-in page, and back from there.
freshness.onOver(() => {
  if (queryClient.getQueryData(sessionQuery.queryKey) != null) changeViewer(null);
});

function readOwn(): Promise<Me> {
  return answered(api.GET("/api/v1/auth/me"));
}

const account = new Account({
  read: readOwn,
  change: (body, version) => answered(api.PATCH("/api/v1/auth/me", { params: { header: { "If-Match": `"${version}"` } }, body })),
});

/** Keeps a choice in the viewer's account; does nothing when nobody is signed in. */
export async function keepInAccount(change: OwnChange): Promise<void> {
  const me = await account.keep(change, () => queryClient.getQueryData(sessionQuery.queryKey));
  if (me !== null) queryClient.setQueryData(sessionQuery.queryKey, me);
}

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Me | null> => {
    if (!freshness.maybeSignedIn) return null;
    try {
      const me = await readOwn();
      setPreferences(preferencesOf(me, languageOfBrowser()));
      return me;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      freshness.forget();
      return null;
    }
  },
  staleTime: Infinity,
});

/** The signal catalogue by key. */
export const signalsQuery = queryOptions({
  queryKey: ["signals"],
  queryFn: async (): Promise<ReadonlyMap<string, SignalEntry>> => {
    const { items } = await answered(api.GET("/api/v1/signals"));
    return new Map(items.map((signal) => [signal.key, signal]));
  },
  staleTime: Infinity,
});

/** The sites that the viewer sees. */
export const sitesQuery = queryOptions({
  queryKey: ["sites", "all"],
  queryFn: ({ signal }): Promise<Site[]> =>
    allPages<Site>(10_000, (cursor) => answered(api.GET("/api/v1/sites", { params: { query: { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) } }, signal }))),
  staleTime: 600_000,
});

/** The time zone of each site by its name, which machines carry. */
export const siteZonesQuery = queryOptions({ ...sitesQuery, select: zonesByName });

function zonesByName(sites: readonly Site[]): ReadonlyMap<string, string> {
  return new Map(sites.map((site) => [site.name, site.time_zone]));
}

/** All machines the viewer sees, with the fleet table's values; kept moving by the live line. */
export const machinesQuery = queryOptions({
  queryKey: ["machines"],
  queryFn: async ({ signal }): Promise<Machine[]> => {
    const items = await allPages<Machine>(MOST_MACHINES, (cursor) =>
      answered(
        api.GET("/api/v1/machines", {
          params: { query: { limit: PAGE, signals: LIVE_SIGNALS.join(","), ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
    );
    items.sort(byName); // the fleet table's order among equals, so that its sorting finds it done
    return keepNewer(queryClient.getQueryData<Machine[]>(["machines"]), items);
  },
  structuralSharing: false, // live/merge.ts keeps what did not change; comparing 5,000 machines again costs more than the rest
  staleTime: Infinity,
});

/** `waiting`: what is over and still asks for an acknowledgement or a reset. */
export type AlarmView = "active" | "waiting" | "cleared";

const ASKED: Readonly<Record<AlarmView, AlarmsAsked>> = {
  active: { state: ["active"], sort: "severity" },
  waiting: { lifecycle: ["returned_unacknowledged", "latched"], sort: "severity" },
  cleared: { state: ["cleared"], sort: "-committed_at" },
};

/** One page of alarms; `asked` as the API takes it. */
export function alarmPage(asked: AlarmsAsked, cursor: string | undefined, limit: number, signal: AbortSignal): Promise<Page<Alarm>> {
  const query = { ...asked, limit, ...(cursor === undefined ? {} : { cursor }) };
  return answered(api.GET("/api/v1/alarms", { params: { query }, signal }));
}

/** All alarms of a view, page by page; what has come so far is shown meanwhile, unless there is something to show already. */
async function streamedAlarms(view: "active" | "waiting", signal: AbortSignal): Promise<Alarm[]> {
  const began = Date.now();
  const queryKey = ["alarms", view];
  const isFirst = queryClient.getQueryData(queryKey) === undefined;
  const listed = view === "active" ? undefined : asksAnswer;
  const items = await allPages<Alarm>(
    MOST_ALARMS,
    (cursor) => alarmPage(ASKED[view], cursor, cursor === undefined ? FIRST_ALARMS : ALARM_PAGE, signal),
    isFirst ? (sofar) => void queryClient.setQueryData(queryKey, mergeAlarms(sofar, heardSince(began), listed)) : undefined,
  );
  return mergeAlarms(items, heardSince(began), listed);
}

/** Alarms: all that are open or wait for an answer, the worst first should they be too many (kept moving by the live line), or the newest that have cleared. */
export const alarmsQuery = (view: AlarmView) =>
  queryOptions({
    queryKey: ["alarms", view],
    queryFn: async ({ signal }): Promise<Alarm[]> => {
      if (view !== "cleared") return streamedAlarms(view, signal);
      return (await alarmPage(ASKED.cleared, undefined, 100, signal)).items;
    },
    structuralSharing: view === "cleared", // live/merge.ts keeps what did not change; comparing 10,000 alarms costs more than the rest
    staleTime: view === "cleared" ? 10_000 : Infinity,
  });

/** One alarm with its history, whatever its state. Its queries begin with ["alarm", id], so that one call asks all of them again. */
export const alarmQuery = (alarmId: string) =>
  queryOptions({
    queryKey: ["alarm", alarmId, "detail"],
    queryFn: ({ signal }): Promise<AlarmDetail> => answered(api.GET("/api/v1/alarms/{alarm_id}", { params: { path: { alarm_id: alarmId } }, signal })),
    staleTime: 10_000,
  });

/** Who was told of an alarm, the newest first. */
export const alarmNoticesQuery = (alarmId: string) =>
  queryOptions({
    queryKey: ["alarm", alarmId, "notices"],
    queryFn: async ({ signal }): Promise<ToldNotice[]> =>
      (await answered(api.GET("/api/v1/alarms/{alarm_id}/notices", { params: { path: { alarm_id: alarmId } }, signal }))).items,
    staleTime: 10_000,
  });

/** What people found out about an alarm's finding. */
export const verdictsQuery = (alarm: Pick<Alarm, "id" | "finding_id">) =>
  queryOptions({
    queryKey: ["alarm", alarm.id, "verdicts"],
    queryFn: async ({ signal }): Promise<Verdict[]> =>
      (await answered(api.GET("/api/v1/findings/{finding_id}/verdicts", { params: { path: { finding_id: alarm.finding_id } }, signal }))).items,
    staleTime: 10_000,
  });

/** A code list's words by code. */
export const codesQuery = (list: string) =>
  queryOptions({
    queryKey: ["codes", list],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, Words>> => {
      const { items } = await answered(api.GET("/api/v1/codes/{list}", { params: { path: { list } }, signal }));
      return new Map(items.map((item) => [item.code, item]));
    },
    staleTime: Infinity,
  });

/** The limits of an alarm's rule. They belong to the rule: one answer serves all alarms of its source. */
export const limitsQuery = (alarm: Pick<Alarm, "id" | "source_kind" | "source_key">) =>
  queryOptions({
    queryKey: ["limits", alarm.source_kind, alarm.source_key],
    enabled: alarm.source_kind === "rule",
    queryFn: async ({ signal }): Promise<AlarmLimit[]> =>
      (await answered(api.GET("/api/v1/alarms/{alarm_id}", { params: { path: { alarm_id: alarm.id } }, signal }))).limits,
    staleTime: 600_000,
  });

/** Readings of one machine; `from` and `to` in milliseconds. */
export async function readings(
  machineId: string,
  keys: readonly string[],
  span: { from: number; to: number },
  maxPoints: number,
  signal: AbortSignal,
): Promise<Readings> {
  const query = {
    from: new Date(span.from).toISOString(),
    to: new Date(span.to).toISOString(),
    signals: keys.join(","),
    max_points: maxPoints,
  };
  return answered(api.GET("/api/v1/machines/{machine}/readings", { params: { path: { machine: machineId }, query }, signal }));
}

/** Signs in; the session's tokens are cookies that scripts cannot read. */
export async function signIn(login: string, password: string): Promise<Me> {
  const signed = await answered(api.POST("/api/v1/auth/login", { body: { login, password } }));
  freshness.note(signed.expires_at);
  return signed.user;
}

/** The company logins for the domain of an e-mail address; none for any other login. */
export const companyLoginsQuery = (login: string) =>
  queryOptions({
    queryKey: ["company-logins", login.slice(login.lastIndexOf("@") + 1)],
    enabled: /@.+\../.test(login),
    queryFn: async ({ signal }) => (await answered(api.GET("/api/v1/auth/company-logins", { params: { query: { login } }, signal }))).items,
    staleTime: 300_000,
  });

/** What the holder of an invitation's link is told. */
export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ["invitation", token],
    queryFn: ({ signal }): Promise<InvitationShown> =>
      answered(api.GET("/api/v1/invitations/{invitation}", { params: { path: { invitation: token } }, signal })),
    staleTime: Infinity,
  });

/** Takes a login and a password for an invitation, and is signed in. */
export async function acceptInvitation(token: string, login: string, password: string): Promise<Me> {
  const path = { invitation: token };
  const signed = await answered(api.POST("/api/v1/invitations/{invitation}/accept", { params: { path }, body: { login, password } }));
  freshness.note(signed.expires_at);
  return signed.user;
}

/** What the holder of a password link is told. */
export const passwordLinkQuery = (token: string) =>
  queryOptions({
    queryKey: ["password-link", token],
    queryFn: ({ signal }): Promise<PasswordLinkShown> => answered(api.GET("/api/v1/password-links/{token}", { params: { path: { token } }, signal })),
    staleTime: Infinity,
  });

/** Takes a password by a link, and is signed in. */
export async function takePassword(token: string, password: string): Promise<Me> {
  const signed = await answered(api.POST("/api/v1/password-links/{token}/use", { params: { path: { token } }, body: { password } }));
  freshness.note(signed.expires_at);
  return signed.user;
}

/** Signs out, at the company's own provider too where the session came from there. */
export async function signOut(): Promise<void> {
  const left = await answered(api.POST("/api/v1/auth/logout"));
  freshness.forget();
  if (left?.provider_logout_url) window.location.assign(left.provider_logout_url);
}
