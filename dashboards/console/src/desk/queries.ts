/** What the desk asks beside the lists of alarms and machines. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import { alarmPage } from "../api/queries";
import type { AlarmFlood, AlarmsAsked } from "../api/types";
import type { DeskView } from "./view";

const PAST_PAGE = 200;
const FLOODS_EVERY_MS = 20_000;

/** Alarms that have cleared, the newest first, page by page. */
export const pastQuery = ({ severities, site, organisation }: Pick<DeskView, "severities" | "site" | "organisation">) => {
  const asked: AlarmsAsked = {
    state: ["cleared"],
    sort: "-committed_at",
    ...(severities.length > 0 ? { severity: [...severities] } : {}),
    ...(site === null ? {} : { site }),
    ...(organisation === null ? {} : { organisation }),
  };
  return infiniteQueryOptions({
    queryKey: ["alarms", "past", asked],
    queryFn: ({ pageParam, signal }) => alarmPage(asked, pageParam, PAST_PAGE, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 10_000,
  });
};

/** The flood that goes on; null: none. For the control centre. */
export const floodQuery = queryOptions({
  queryKey: ["desk", "flood"],
  queryFn: async ({ signal }): Promise<AlarmFlood | null> => {
    const { items } = await answered(api.GET("/api/v1/alarm-floods", { params: { query: { limit: 1 } }, signal }));
    return items[0]?.ended_at === null ? items[0] : null;
  },
  refetchInterval: FLOODS_EVERY_MS,
});
