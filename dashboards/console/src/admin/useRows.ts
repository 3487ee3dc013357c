/** A section's list in pages, and one thing of it. */
import { keepPreviousData, queryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { queryClient } from "../api/queries";
import type { AuditEntry } from "../api/types";
import { ask, type Filters, type Noun, type PageOf, type Row } from "./noun";

const PAGE = 50;

export function useRows<R extends Row>(noun: Noun<R>, filters: Filters) {
  return useInfiniteQuery({
    queryKey: ["admin", noun.path, "list", filters],
    queryFn: ({ pageParam, signal }) => noun.list({ limit: PAGE, ...filters, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: PageOf<R>) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });
}

export const oneQuery = <R extends Row>(noun: Noun<R>, id: string) =>
  queryOptions({
    queryKey: ["admin", noun.path, "one", id],
    queryFn: ({ signal }): Promise<R> => noun.one(id, signal),
    staleTime: 5_000,
  });

/** Lets everything of a noun be asked again. */
export function changedNoun(path: string): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["admin", path] });
}

export function useHistory(path: string, id: string) {
  return useInfiniteQuery({
    queryKey: ["admin", path, "changes", id],
    queryFn: ({ pageParam, signal }) =>
      ask<PageOf<AuditEntry>>("GET", `/${path}/${id}/changes`, { query: { limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: PageOf<AuditEntry>) => page.next_cursor ?? undefined,
    staleTime: 0,
  });
}
