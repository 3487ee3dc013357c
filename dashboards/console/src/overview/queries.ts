/** What the overview asks for beside what the live line keeps; asked again quietly. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import { serverNow } from "../api/client";
import type { AlarmSeries, DueItem, FleetLateness, PlatformTime, Refusals } from "../api/types";

export const QUIETLY_MS = 30_000;
const LOAD_HOURS = 6;
const MOST_DUE = 500;
const HOUR_MS = 3_600_000;
const TEN_MINUTES_MS = 600_000;

function before(ms: number): string {
  return new Date(serverNow() - ms).toISOString();
}

/** Alarms of every ten minutes of the last hours, beside what a seat can manage; from whole ten minutes on, so that bars keep their places. */
export const loadQuery = queryOptions({
  queryKey: ["overview", "load"],
  queryFn: ({ signal }): Promise<AlarmSeries> => {
    const from = new Date((Math.floor(serverNow() / TEN_MINUTES_MS) + 1) * TEN_MINUTES_MS - LOAD_HOURS * HOUR_MS).toISOString();
    return answered(api.GET("/api/v1/alarm-load/series", { params: { query: { every: "10min", from } }, signal }));
  },
  refetchInterval: QUIETLY_MS,
});

export interface Due {
  readonly items: readonly DueItem[];
  /** There are more than were asked for. */
  readonly isMore: boolean;
}

/** What is overdue, due and due soon, in this order. */
export const dueQuery = queryOptions({
  queryKey: ["overview", "due"],
  queryFn: async ({ signal }): Promise<Due> => {
    const query = { state: ["overdue", "due", "soon"] as ("overdue" | "due" | "soon")[], limit: MOST_DUE };
    const page = await answered(api.GET("/api/v1/maintenance", { params: { query }, signal }));
    return { items: page.items, isMore: page.next_cursor !== null };
  },
  refetchInterval: 10 * QUIETLY_MS,
});

/** How late what was measured in this hour and the last came. */
export const lateNowQuery = queryOptions({
  queryKey: ["overview", "lateness"],
  queryFn: ({ signal }): Promise<FleetLateness> => answered(api.GET("/api/v1/data-trust/lateness", { params: { query: { from: before(HOUR_MS) } }, signal })),
  refetchInterval: QUIETLY_MS,
});

/** What was refused in this hour and the last. */
export const refusedNowQuery = queryOptions({
  queryKey: ["overview", "refusals"],
  queryFn: ({ signal }): Promise<Refusals> => answered(api.GET("/api/v1/data-trust/refusals", { params: { query: { from: before(HOUR_MS) } }, signal })),
  refetchInterval: QUIETLY_MS,
});

/** Whether the platform hears, and when it did not in the last day. */
export const platformQuery = queryOptions({
  queryKey: ["overview", "platform"],
  queryFn: ({ signal }): Promise<PlatformTime> => answered(api.GET("/api/v1/data-trust/platform", { params: { query: { from: before(24 * HOUR_MS) } }, signal })),
  refetchInterval: QUIETLY_MS,
});
