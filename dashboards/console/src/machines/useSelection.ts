/** The machine the page is about; kept in the address, so that the view can be shared. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { useSearchParams } from "../app/search";
import { machinesQuery } from "../api/queries";
import type { Machine } from "../api/types";
import { severityRank } from "../severity/severity";

/** Whom to show when nobody chose: the machine in the worst trouble. */
export function worstMachine(machines: readonly Machine[]): Machine | undefined {
  return machines.toSorted((a, b) => severityRank(a.open_alarms.severity) - severityRank(b.open_alarms.severity) || Number(b.online) - Number(a.online))[0];
}

/** Where the address names an alarm, its machine is chosen with it, not the worst one. `select` keeps the chart's signals; what the chart was zoomed to belongs to the machine before and goes. */
export function useSelection(): { selected: Machine | undefined; selectedId: string | null; select: (machineId: string) => void } {
  const [search, setSearch] = useSearchParams();
  const { data: machines } = useQuery(machinesQuery);
  const selectedId = search.get("machine");
  const select = useCallback(
    (machineId: string) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          after.set("machine", machineId);
          after.delete("from");
          after.delete("to");
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  const first = selectedId === null && !search.has("alarm") && machines !== undefined ? worstMachine(machines)?.id : undefined;
  useEffect(() => {
    if (first !== undefined) select(first);
  }, [first, select]);
  return { selected: machines?.find((machine) => machine.id === selectedId), selectedId, select };
}
