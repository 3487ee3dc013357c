/** Instants as a clock on the viewer's wall shows them, for inputs that know no zones. */
import { shownZone } from "../format/time";

function parts(at: number, zone: string): string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
  const found = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  return `${found["year"]}-${found["month"]}-${found["day"]}T${found["hour"]}:${found["minute"]}`;
}

/** "2026-11-22T14:05" of an instant (RFC 3339); "" of none. */
export function wallOf(instant: string, zone: string = shownZone()): string {
  const at = Date.parse(instant);
  return Number.isNaN(at) ? "" : parts(at, zone);
}

/** The instant of "2026-11-22T14:05"; of a time that the clocks skip the one an offset before it gives. */
export function instantOfWall(wall: string, zone: string = shownZone()): string {
  const asUtc = Date.parse(`${wall}:00Z`);
  let at = asUtc;
  for (let turn = 0; turn < 2; turn++) at = asUtc - (Date.parse(`${parts(at, zone)}:00Z`) - at);
  return new Date(at).toISOString();
}
