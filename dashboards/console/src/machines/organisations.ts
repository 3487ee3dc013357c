/** The organisations that the viewer sees: asked once for every page that names them. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import type { OrganisationDetail } from "../api/types";

const PAGE = 1_000;
const MOST = 10_000;

export const organisationsQuery = queryOptions({
  queryKey: ["organisations", "all"],
  queryFn: async ({ signal }): Promise<OrganisationDetail[]> => {
    const items: OrganisationDetail[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: PAGE, sort: "name" as const, ...(cursor === undefined ? {} : { cursor }) };
      const page = await answered(api.GET("/api/v1/organisations", { params: { query }, signal }));
      items.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined && items.length < MOST);
    return items;
  },
  staleTime: 300_000,
});
