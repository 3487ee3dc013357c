/** Pure: where a number of the overview leads: the list of what it counts, of the same part of the fleet. */

export interface PlacedPart {
  /** A name, as machines carry it. */
  readonly site: string | null;
  readonly siteId: string | null;
  readonly organisationId: string | null;
}

function path(page: string, members: readonly (readonly [name: string, value: string | null])[]): string {
  const search = new URLSearchParams(members.filter((one): one is readonly [string, string] => one[1] !== null).map(([name, value]) => [name, value]));
  return search.size === 0 ? page : `${page}?${search.toString()}`;
}

/** The machines of the part; `only` those that are silent, or have something due. */
export function machinesPath({ site, organisationId }: PlacedPart, only: "silent" | "due" | null = null): string {
  return path("/machines", [["only", only], ["site", site], ["organisation", organisationId]]);
}

/** The alarms of the part of one severity, on the desk. */
export function alarmsPath({ siteId, organisationId }: PlacedPart, severity: string): string {
  return path("/alarms", [["severity", severity], ["site", siteId], ["organisation", organisationId]]);
}
