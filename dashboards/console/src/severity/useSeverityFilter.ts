/** Which severities the alarm list is narrowed to; kept in the address, so that the view can be shared. */
import { useSearchParams } from "../app/search";
import { SEVERITIES, type Severity } from "./severity";

/** `chosen` empty: all. */
export function useSeverityFilter(): { chosen: ReadonlySet<Severity>; toggle: (severity: Severity) => void; clear: () => void } {
  const [search, setSearch] = useSearchParams();
  const asked = search.get("severity")?.split(",") ?? [];
  const chosen = new Set(SEVERITIES.filter((severity) => asked.includes(severity)));
  const set = (next: ReadonlySet<Severity>): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (next.size === 0) after.delete("severity");
        else after.set("severity", [...next].join(","));
        return after;
      },
      { replace: true },
    );
  const toggle = (severity: Severity): void => {
    const next = new Set(chosen);
    if (!next.delete(severity)) next.add(severity);
    set(next);
  };
  return { chosen, toggle, clear: () => set(new Set()) };
}
