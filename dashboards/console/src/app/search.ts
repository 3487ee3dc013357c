/** What stands behind the ? of the address. */
import { useCallback, useContext } from "react";
import { UNSAFE_DataRouterContext as Routers, useSearchParams as useRoutersSearchParams, type NavigateOptions, type URLSearchParamsInit } from "react-router";

type Change = URLSearchParamsInit | ((before: URLSearchParams) => URLSearchParamsInit);
export type SetSearch = (change: Change, options?: NavigateOptions) => void;

/** As the router's, but for two changes that come one right after the other (a choice, and a letter typed): the second is
 * made to what the first has left, not to what was last drawn. And a page that is being left, while the next one's
 * program is on its way, changes its address no more (what it chose for itself late): that would call the viewer back. */
export function useSearchParams(): [URLSearchParams, SetSearch] {
  const [parameters, setParameters] = useRoutersSearchParams();
  const router = useContext(Routers)?.router;
  const set = useCallback<SetSearch>(
    (change, options) => {
      const { navigation, location: here } = router?.state ?? {};
      const isLeaving = navigation?.location !== undefined && navigation.location.pathname !== here?.pathname;
      if (isLeaving && options?.replace === true) return;
      setParameters(typeof change === "function" ? change(new URLSearchParams(location.search)) : change, options);
    },
    [setParameters, router],
  );
  return [parameters, set];
}
