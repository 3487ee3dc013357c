/** The parts of a machine's page; which one is shown stands in the address. */
export const TABS = ["now", "chart", "brief", "trips", "faults", "service", "data", "record"] as const;
export type Tab = (typeof TABS)[number];

/** The part that an address asks for; the live values when it asks for none or for nonsense. */
export function tabOf(search: URLSearchParams): Tab {
  return TABS.find((tab) => tab === search.get("tab")) ?? "now";
}
