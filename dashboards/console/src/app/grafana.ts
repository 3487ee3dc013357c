/** Pure: the addresses of Grafana's boards, as docs/grafana.md says them. */

export interface Board {
  /** A machine's id; the fleet's overview when left out. */
  readonly machine?: string;
  /** The span in ms; what the board itself begins with when left out. */
  readonly from?: number;
  readonly to?: number;
}

export function boardAddress(grafana: string, { machine, from, to }: Board): string {
  const asked = new URLSearchParams();
  if (machine !== undefined) asked.set("var-machine", machine);
  if (from !== undefined) asked.set("from", String(Math.round(from)));
  if (to !== undefined) asked.set("to", String(Math.round(to)));
  const query = asked.toString();
  return `${grafana}/d/${machine === undefined ? "ecc-overview" : "ecc-machine"}${query === "" ? "" : `?${query}`}`;
}
