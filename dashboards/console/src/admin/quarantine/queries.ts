/** What the page of the quarantine asks. */
import { queryOptions } from "@tanstack/react-query";
import type { QuarantinedPayload, QuarantineReasonCount, QuarantineReplay } from "../../api/types";
import { ask, type Noun, noun, type PageOf } from "../noun";
import type { QuarantineEntry } from "../../api/types";

export const entries: Noun<QuarantineEntry> = noun("quarantine");

export const reasonsQuery = queryOptions({
  queryKey: ["admin", "quarantine", "reasons"],
  queryFn: async ({ signal }) => (await ask<{ items: QuarantineReasonCount[] }>("GET", "/quarantine/reasons", { signal })).items,
  staleTime: 5_000,
});

export const entryQuery = (id: string) =>
  queryOptions({
    queryKey: ["admin", "quarantine", "one", id],
    queryFn: ({ signal }) => ask<QuarantinedPayload>("GET", `/quarantine/${id}`, { signal }),
    staleTime: 60_000,
  });

/** The last replays, asked for again while one is under way. */
export const replaysQuery = queryOptions({
  queryKey: ["admin", "quarantine-replays"],
  queryFn: async ({ signal }) => (await ask<PageOf<QuarantineReplay>>("GET", "/quarantine-replays", { query: { limit: 5 }, signal })).items,
  refetchInterval: (query) => (query.state.data?.some(isUnderWay) === true ? 1_000 : false),
  staleTime: 1_000,
});

export function isUnderWay(replay: QuarantineReplay): boolean {
  return replay.state === "queued" || replay.state === "running";
}
