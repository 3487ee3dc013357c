/** What stands behind the ? of the address. */
import { useCallback } from "react";
import { useSearchParams as useRoutersSearchParams, type NavigateOptions, type URLSearchParamsInit } from "react-router";

type Change = URLSearchParamsInit | ((before: URLSearchParams) => URLSearchParamsInit);
export type SetSearch = (change: Change, options?: NavigateOptions) => void;

/** As the router's, but for two changes that come one right after the other (a choice, and a letter typed): the second is
 * made to what the first has left, not to what was last drawn. */
export function useSearchParams(): [URLSearchParams, SetSearch] {
  const [parameters, setParameters] = useRoutersSearchParams();
  const set = useCallback<SetSearch>(
    (change, options) => setParameters(typeof change === "function" ? change(new URLSearchParams(location.search)) : change, options),
    [setParameters],
  );
  return [parameters, set];
}
