/** The desk as it was left: its filters and the chosen alarm, so that whoever comes back from an alarm goes on where they were. */
let search = "";

/** What stood behind the ? of the desk's address last. */
export function rememberDesk(parameters: URLSearchParams): void {
  search = parameters.toString();
}

export function deskPath(): string {
  return search === "" ? "/alarms" : `/alarms?${search}`;
}

/** The state of a way to the desk whose chosen row is to have the focus. */
export const TO_ROW = { toRow: true };
