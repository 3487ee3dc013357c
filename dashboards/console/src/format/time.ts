/** Times in the viewer's zone and language. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let made = formats.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat(language, { hourCycle: "h23", ...options });
    formats.set(key, made);
  }
  return made;
}

/** 14:03:22 */
export function clock(at: number, language: string): string {
  return format(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

/** 14:03:22 today, otherwise 11/21 14:03. */
export function clockOrDay(at: number, now: number, language: string): string {
  if (new Date(at).toDateString() === new Date(now).toDateString()) return clock(at, language);
  return format(language, { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).format(at);
}

/** The whole instant with its zone, for titles. */
export function instant(at: number, language: string): string {
  return format(language, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  }).format(at);
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
