/** Where a company's login page sends the browser back to: learns when the session's token runs out, and goes on. */
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "../app/search";
import { freshness } from "../api/client";
import { queryClient, sessionQuery } from "../api/queries";
import { PageLoading } from "../app/PageLoading";
import { Onward } from "./Onward";
import { ownPath } from "./ownPath";

export function SignedInPage() {
  const [search] = useSearchParams();
  const arrival = useQuery({
    queryKey: ["session", "arrival"],
    queryFn: async () => {
      const signedIn = await freshness.refresh();
      await queryClient.resetQueries({ queryKey: sessionQuery.queryKey, exact: true });
      return signedIn;
    },
    staleTime: Infinity,
    retry: false,
  });
  if (arrival.isPending) return <PageLoading />;
  return <Onward to={ownPath(search.get("to"))} />;
}
