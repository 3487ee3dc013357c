/** What the trust page asks, of a span up to now. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api, serverNow } from "../api/client";
import type { FleetLateness, PlatformTime, Refusals, RulesOff } from "../api/types";

const QUIETLY_MS = 60_000;
export const SPANS_H = [24, 168, 720] as const;
export type SpanH = (typeof SPANS_H)[number];

function from(hours: number): { from: string } {
  return { from: new Date(serverNow() - hours * 3_600_000).toISOString() };
}

export const latenessQuery = (hours: SpanH) =>
  queryOptions({
    queryKey: ["trust", "lateness", hours],
    queryFn: ({ signal }): Promise<FleetLateness> => answered(api.GET("/api/v1/data-trust/lateness", { params: { query: from(hours) }, signal })),
    refetchInterval: QUIETLY_MS,
  });

export const refusalsQuery = (hours: SpanH) =>
  queryOptions({
    queryKey: ["trust", "refusals", hours],
    queryFn: ({ signal }): Promise<Refusals> => answered(api.GET("/api/v1/data-trust/refusals", { params: { query: from(hours) }, signal })),
    refetchInterval: QUIETLY_MS,
  });

export const platformTimeQuery = (hours: SpanH) =>
  queryOptions({
    queryKey: ["trust", "platform", hours],
    queryFn: ({ signal }): Promise<PlatformTime> => answered(api.GET("/api/v1/data-trust/platform", { params: { query: from(hours) }, signal })),
    refetchInterval: QUIETLY_MS,
  });

export const rulesOffQuery = queryOptions({
  queryKey: ["trust", "rules-off"],
  queryFn: ({ signal }): Promise<RulesOff> => answered(api.GET("/api/v1/data-trust/rules-off", { signal })),
  refetchInterval: QUIETLY_MS,
});
