/** Which severities the alarm list is narrowed to; kept in the address, so that the view can be shared. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "../app/search";
import { SEVERITIES, type Severity } from "./severity";

/** `chosen` empty: all. */
export function useSeverityFilter(): { chosen: ReadonlySet<Severity>; toggle: (severity: Severity) => void; clear: () => void } {
  const [search, setSearch] = useSearchParams();
  const asked = search.get("severity") ?? "";
  const chosen = useMemo(() => new Set(SEVERITIES.filter((severity) => asked.split(",").includes(severity))), [asked]);
  const set = useCallback(
    (next: ReadonlySet<Severity>): void =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (next.size === 0) after.delete("severity");
          else after.set("severity", [...next].join(","));
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  const toggle = useCallback(
    (severity: Severity): void => {
      const next = new Set(chosen);
      if (!next.delete(severity)) next.add(severity);
      set(next);
    },
    [chosen, set],
  );
  return { chosen, toggle, clear: () => set(new Set()) };
}
