/** Times in the viewer's zone and language. */

const formats = new Map<string, Intl.DateTimeFormat>();
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
let zone = ownZone;

/** Shows times in this IANA zone from now on; in the browser's own for null, and for one that it does not know. */
export function showTimesIn(wanted: string | null): void {
  try {
    zone = new Intl.DateTimeFormat("en", { timeZone: wanted ?? ownZone }).resolvedOptions().timeZone;
  } catch {
    zone = ownZone;
  }
}

/** The zone in which times are shown. */
export function shownZone(): string {
  return zone;
}

/** The browser's own zone. */
export function browserZone(): string {
  return ownZone;
}

function format(language: string, options: Intl.DateTimeFormatOptions, timeZone = zone): Intl.DateTimeFormat {
  const key = language + timeZone + JSON.stringify(options);
  let made = formats.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat(language, { hourCycle: "h23", timeZone, ...options });
    formats.set(key, made);
  }
  return made;
}

/** 14:03 */
export function hourAndMinute(at: number, language: string): string {
  return format(language, { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** 11/21 */
export function day(at: number, language: string): string {
  return format(language, { month: "2-digit", day: "2-digit" }).format(at);
}

/** The zone's short name at that time: GMT+8. */
export function zoneName(at: number, language: string): string | undefined {
  return format(language, { timeZoneName: "shortOffset" })
    .formatToParts(at)
    .find((part) => part.type === "timeZoneName")?.value;
}

function date(at: number): string {
  return format("en-US", { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** 14:03:22 */
export function clock(at: number, language: string): string {
  return format(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

/** 14:03:22 today, otherwise 11/21 14:03. */
export function clockOrDay(at: number, now: number, language: string): string {
  if (date(at) === date(now)) return clock(at, language);
  return format(language, { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).format(at);
}

const WHOLE: Intl.DateTimeFormatOptions = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
};

/** The whole instant with its zone, for titles. */
export function instant(at: number, language: string): string {
  return whole(at, language, zone);
}

/** The zone always stands last: Chinese would have it between the day and the clock. */
function whole(at: number, language: string, timeZone: string): string {
  const name = format(language, { timeZoneName: "short" }, timeZone).formatToParts(at).find((part) => part.type === "timeZoneName")?.value;
  return `${format(language, WHOLE, timeZone).format(at)} ${name ?? ""}`.trim();
}

/** The same by the clock of another zone, such as a machine's; by the viewer's where the browser does not know that zone. */
export function instantIn(at: number, timeZone: string, language: string): string {
  try {
    return whole(at, language, timeZone);
  } catch {
    return instant(at, language);
  }
}

const ages = new Map<string, Intl.NumberFormat>();

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

/** How long ago, in one short unit: "3s", "12m", "5h", "2d" or in Chinese 3秒, 12分, 5小时, 2天. */
export function age(ms: number, language: string): string {
  const [unit, size] = STEPS.find(([, step]) => ms >= step) ?? ["second", 1_000];
  const count = Math.max(0, Math.floor(ms / size));
  const name = `${language} ${unit}`;
  const made = ages.get(name) ?? new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" });
  ages.set(name, made);
  return made.format(count);
}
