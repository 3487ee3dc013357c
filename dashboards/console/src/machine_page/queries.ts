/** What the machine pages ask. Queries of one machine begin with ["machine", id], so that one call asks all of them again. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import type { Alarm, DueItem, MachineDetail, MachineNote, MachineState, OrganisationDetail, Watched } from "../api/types";
import { organisationsQuery } from "../machines/organisations";

/** All of a machine but its place, whose readers are audited. */
const DETAIL =
  "pin,serial_number,equipment_id,name,kind,model,maker,site,organisation,mode,online,work_state,measured_at,received_at,open_alarms," +
  "nominal_voltage_v,registered_at,version,updated_at,site_id,model_id,organisation_id,options,time_zone,installations,attributes,visible,visible_classes";
const LOOK_AGAIN_MS = 10_000;
const MOST_DUE = 2_000;
const MOST_IDS = 10_000;

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** The entries of a list, page by page, at most so many. */
export async function everyPage<T>(most: number, ask: (cursor: { cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null && items.length < most; ) {
    const page = await ask(cursor === undefined ? {} : { cursor });
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

/** A span of the API's `from` and `to`, from milliseconds. */
export function asked(span: { from: number; to: number }): { from: string; to: string } {
  return { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
}

export const machineQuery = (machine: string) =>
  queryOptions({
    queryKey: ["machine", machine, "detail"],
    queryFn: ({ signal }): Promise<MachineDetail> =>
      answered(api.GET("/api/v1/machines/{machine}", { params: { path: { machine }, query: { fields: DETAIL } }, signal })),
    refetchInterval: LOOK_AGAIN_MS,
    staleTime: 5_000,
  });

/** The last value of every signal, the place among them. */
export const stateQuery = (machine: string) =>
  queryOptions({
    queryKey: ["machine", machine, "state"],
    queryFn: ({ signal }): Promise<MachineState> => answered(api.GET("/api/v1/machines/{machine}/state", { params: { path: { machine } }, signal })),
    refetchInterval: 60_000,
    staleTime: 30_000,
  });

/** The readings that came since `after` (RFC 3339), each with its times. */
export function latestReadings(machine: string, after: string | null, limit: number, signal: AbortSignal): Promise<Watched> {
  const query = { limit, ...(after === null ? {} : { after }) };
  return answered(api.GET("/api/v1/machines/{machine}/readings/latest", { params: { path: { machine }, query }, signal }));
}

/** Alarms of the machine: those that are open, or raised in a span. */
export const machineAlarmsQuery = (machine: string, span: { from: number; to: number } | "open") =>
  queryOptions({
    queryKey: ["machine", machine, "alarms", span === "open" ? span : `${span.from}-${span.to}`],
    queryFn: async ({ signal }): Promise<Alarm[]> => {
      const wanted = span === "open" ? { state: ["active" as const], sort: "severity" as const } : { ...asked(span), sort: "-raised_at" as const };
      const query = { machine, limit: 200, ...wanted };
      return (await answered(api.GET("/api/v1/alarms", { params: { query }, signal }))).items;
    },
    staleTime: 5_000,
    refetchInterval: span === "open" ? LOOK_AGAIN_MS : false,
  });

export const notesQuery = (machine: string, span: { from: number; to: number }) =>
  queryOptions({
    queryKey: ["machine", machine, "notes", span.from, span.to],
    queryFn: async ({ signal }): Promise<MachineNote[]> =>
      (await answered(api.GET("/api/v1/machines/{machine}/notes", { params: { path: { machine }, query: { ...asked(span), limit: 200 } }, signal }))).items,
    staleTime: 30_000,
  });

export const tripsQuery = (machine: string, span: { from: number; to: number }) =>
  queryOptions({
    queryKey: ["machine", machine, "trips", span.from, span.to],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/machines/{machine}/trips", { params: { path: { machine }, query: asked(span) }, signal })),
    staleTime: 60_000,
  });

export const faultsQuery = (machine: string) =>
  queryOptions({
    queryKey: ["machine", machine, "faults"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/machines/{machine}/faults", { params: { path: { machine } }, signal })),
    refetchInterval: LOOK_AGAIN_MS,
  });

export const missingQuery = (machine: string, span: { from: number; to: number }) =>
  queryOptions({
    queryKey: ["machine", machine, "missing", span.from, span.to],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/machines/{machine}/missing", { params: { path: { machine }, query: asked(span) }, signal })),
    staleTime: 30_000,
  });

export const ledgerQuery = (machine: string) =>
  queryOptions({
    queryKey: ["machine", machine, "ledger"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/machines/{machine}/ledger", { params: { path: { machine } }, signal })),
    staleTime: 30_000,
  });

export const trustQuery = (machine: string) =>
  queryOptions({
    queryKey: ["machine", machine, "trust"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/machines/{machine}/trust", { params: { path: { machine } }, signal })),
    staleTime: 60_000,
  });

export type BriefPeriod = "day" | "week" | "month";

/** Days as `2026-11-22`; without a period the days `from` to `to`. */
export interface BriefAsked {
  readonly period?: BriefPeriod;
  readonly from?: string;
  readonly to?: string;
}

export const briefQuery = (machine: string, query: BriefAsked) =>
  queryOptions({
    queryKey: ["machine", machine, "brief", query],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/machines/{machine}/brief", { params: { path: { machine }, query }, signal })),
    staleTime: 60_000,
  });

export const maintenanceQuery = (machine: string) =>
  queryOptions({
    queryKey: ["machine", machine, "maintenance"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/machines/{machine}/maintenance", { params: { path: { machine } }, signal })),
    staleTime: 30_000,
  });

export const doneQuery = (machine: string) =>
  queryOptions({
    queryKey: ["machine", machine, "done"],
    queryFn: async ({ signal }) =>
      (await answered(api.GET("/api/v1/machines/{machine}/maintenance/done", { params: { path: { machine }, query: { limit: 100 } }, signal }))).items,
  });

export const remindersQuery = (machine: string) =>
  queryOptions({
    queryKey: ["machine", machine, "reminders"],
    queryFn: async ({ signal }) => (await answered(api.GET("/api/v1/reminders", { params: { query: { machine, limit: 100 } }, signal }))).items,
  });

const of = (machine: string) => ({ path: { machine } });

/** A part of the record of a machine's life; each by itself, as a viewer may be refused one. */
const recordQuery = <T>(part: string, ask: (machine: string, signal: AbortSignal) => Promise<T>) => (machine: string) =>
  queryOptions({ queryKey: ["machine", machine, part], queryFn: ({ signal }): Promise<T> => ask(machine, signal), staleTime: 60_000, retry: false });

export const installationsQuery = recordQuery("installations", async (machine, signal) => (await answered(api.GET("/api/v1/machines/{machine}/installations", { params: of(machine), signal }))).items);
export const softwareQuery = recordQuery("software", async (machine, signal) => (await answered(api.GET("/api/v1/machines/{machine}/software", { params: of(machine), signal }))).items);
export const modesQuery = recordQuery("modes", async (machine, signal) => (await answered(api.GET("/api/v1/machines/{machine}/modes", { params: of(machine), signal }))).items);
export const transfersQuery = recordQuery("transfers", async (machine, signal) => (await answered(api.GET("/api/v1/machines/{machine}/transfers", { params: of(machine), signal }))).items);
export const sharesQuery = recordQuery("shares", async (machine, signal) => (await answered(api.GET("/api/v1/machines/{machine}/shares", { params: of(machine), signal }))).items);
export const commissioningQuery = recordQuery("commissioning", (machine, signal) => answered(api.GET("/api/v1/machines/{machine}/commissioning", { params: of(machine), signal })));
export const changesQuery = recordQuery(
  "changes",
  async (machine, signal) => (await answered(api.GET("/api/v1/machines/{machine}/changes", { params: { ...of(machine), query: { limit: 50 } }, signal }))).items,
);

/** Names of the organisations that the viewer sees, by id. */
export const organisationNamesQuery = queryOptions({
  ...organisationsQuery,
  select: (items: OrganisationDetail[]) => new Map(items.map((one) => [one.id, { name: one.name, kind: one.kind }])),
});

/** The machines that an organisation, or one below it, owns now. */
export const ownedQuery = (organisation: string | null) =>
  queryOptions({
    queryKey: ["owned", organisation],
    enabled: organisation !== null,
    queryFn: async ({ signal }): Promise<ReadonlySet<string>> => {
      const items = await everyPage(MOST_IDS, (cursor) =>
        answered(api.GET("/api/v1/machines", { params: { query: { organisation: organisation ?? "", limit: 1000, fields: "id", ...cursor } }, signal })),
      );
      return new Set(items.map((one) => one.id));
    },
    staleTime: 300_000,
  });

/** The most urgent item of each machine's plan that is due or overdue, by machine. */
export const dueQuery = queryOptions({
  queryKey: ["due-machines"],
  queryFn: async ({ signal }): Promise<ReadonlyMap<string, DueItem>> => {
    const items = await everyPage(MOST_DUE, (cursor) =>
      answered(api.GET("/api/v1/maintenance", { params: { query: { state: ["overdue", "due"], limit: 500, ...cursor } }, signal })),
    );
    const found = new Map<string, DueItem>();
    for (const item of items) if (!found.has(item.machine_id)) found.set(item.machine_id, item); // the most urgent comes first
    return found;
  },
  staleTime: 60_000,
});
