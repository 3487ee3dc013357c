/** Pure: times as a clock on the wall of the shown zone has them, for the browser's date and time fields. */

function partsIn(at: number, zone: string): string {
  const made = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  return made.format(at).replace(" ", "T");
}

/** 2026-11-22T14:03:22, as that zone's clocks show the instant. */
export function wallOf(at: number, zone: string): string {
  return partsIn(at, zone);
}

/** 2026-11-22, as that zone's calendar has the instant. */
export function dayOf(at: number, zone: string): string {
  return partsIn(at, zone).slice(0, 10);
}

/** The instant at which that zone's clocks show `wall` (of two, the one before the clocks go back); NaN of nonsense. */
export function instantOf(wall: string, zone: string): number {
  const shown = Date.parse(`${wall}Z`);
  if (Number.isNaN(shown)) return Number.NaN;
  const offset = (at: number): number => Date.parse(`${partsIn(at, zone)}Z`) - Math.floor(at / 1000) * 1000;
  const first = shown - offset(shown - 86_400_000);
  return offset(first) === shown - first ? first : shown - offset(shown + 86_400_000);
}

/** The day `days` later, by the calendar. */
export function dayLater(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
