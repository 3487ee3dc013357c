/** Pure: how long something took, in the two units that say enough: "2 h 05 min", in Chinese 2小时 05分. */

const made = new Map<string, Intl.NumberFormat>();

function part(count: number, unit: "day" | "hour" | "minute" | "second", language: string, digits = 1): string {
  const name = `${language} ${unit} ${digits}`;
  let format = made.get(name);
  if (format === undefined) {
    format = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: language.startsWith("zh") ? "narrow" : "short", minimumIntegerDigits: digits });
    made.set(name, format);
  }
  return format.format(count);
}

export function duration(ms: number, language: string): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return part(seconds, "second", language);
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return part(minutes, "minute", language);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? part(hours, "hour", language) : `${part(hours, "hour", language)} ${part(minutes % 60, "minute", language, 2)}`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? part(days, "day", language) : `${part(days, "day", language)} ${part(hours % 24, "hour", language)}`;
}
