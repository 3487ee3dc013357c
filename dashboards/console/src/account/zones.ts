/** The world's time zones as people look for them: by place, by the zone's own name, by its distance from UTC. */

export interface Zone {
  /** IANA name. */
  readonly value: string;
  /** "GMT+8" */
  readonly offset: string;
  /** "China Standard Time", in the viewer's language. */
  readonly name: string;
}

const told = new Map<string, Zone>();

/** The names of all zones that the browser knows, and `kept` even where it does not, in their order. */
export function zoneNames(kept: readonly string[]): readonly string[] {
  return [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", ...kept])].sort();
}

/** A zone in words, at `at` when it is asked for first: a browser needs a millisecond for one, half a second for all. */
export function zoneOf(value: string, language: string, at: number): Zone {
  const key = `${language} ${value}`;
  const known = told.get(key) ?? { value, offset: part("shortOffset"), name: part("long") };
  told.set(key, known);
  return known;

  function part(timeZoneName: "shortOffset" | "long"): string {
    try {
      const parts = new Intl.DateTimeFormat(language, { timeZone: value, timeZoneName }).formatToParts(at);
      return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    } catch {
      return ""; // a zone that this browser does not know
    }
  }
}

const plain = (text: string): string => text.toLowerCase().replaceAll("_", " ");

/** Whether each word that is typed occurs in what is known of the zone: "new york", "gmt+8", "中国". */
export function isSought(zone: Zone, typed: string): boolean {
  const known = plain(`${zone.value} ${zone.offset} ${zone.name}`);
  return plain(typed)
    .split(/\s+/)
    .every((word) => known.includes(word));
}
