/** Hours as people type them, and weekdays. */

export interface Span {
  readonly from: string;
  readonly to: string;
}

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const MONDAY = Date.UTC(2024, 0, 1);

/** "Mon" or "周一". */
export function weekdayName(day: Weekday, language: string): string {
  return new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" }).format(MONDAY + WEEKDAYS.indexOf(day) * 86_400_000);
}

/** "08:00-12:00 13:00-17:30". */
export function hoursOf(spans: readonly Span[]): string {
  return spans.map(({ from, to }) => `${from.slice(0, 5)}-${to.slice(0, 5)}`).join(" ");
}

/** The spans of such a text, which may write 8:00 and any dash; null when it is none. */
export function spansOf(text: string): readonly Span[] | null {
  const spans: Span[] = [];
  for (const part of text.trim().split(/[\s,;，；]+/).filter(Boolean)) {
    const found = /^(\d{1,2})[:：](\d\d)[-–—~](\d{1,2})[:：](\d\d)$/.exec(part);
    if (found === null) return null;
    const [, fromHour = "", fromMinute = "", toHour = "", toMinute = ""] = found;
    if (Number(fromHour) > 23 || Number(fromMinute) > 59 || Number(toHour) > 24 || Number(toMinute) > 59) return null;
    spans.push({ from: `${fromHour.padStart(2, "0")}:${fromMinute}`, to: `${toHour.padStart(2, "0")}:${toMinute}` });
  }
  return spans;
}
