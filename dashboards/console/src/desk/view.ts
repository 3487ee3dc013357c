/** Pure: what the desk shows, as its address says it. */
import type { Alarm } from "../api/types";
import { SEVERITIES, type Severity } from "../severity/severity";
import { GATHERINGS, isQuiet, isUnanswered, type Gathering, type Place, UNKNOWN_PLACE } from "./triage";

/** `open`: whatever waits for somebody or goes on. The last one is history, read page by page. */
export const STANDINGS = ["open", "unanswered", "answered", "gone", "held", "cleared"] as const;
export type Standing = (typeof STANDINGS)[number];
export const WHOSE = ["anybody", "mine", "nobody"] as const;
export type Whose = (typeof WHOSE)[number];

export interface DeskView {
  readonly severities: readonly Severity[];
  readonly standing: Standing;
  /** Ids. */
  readonly site: string | null;
  readonly organisation: string | null;
  readonly whose: Whose;
  readonly words: string;
  readonly gathering: Gathering;
}

function one<T extends string>(known: readonly T[], asked: string | null, usual: T): T {
  return known.find((value) => value === asked) ?? usual;
}

export function viewOf(search: URLSearchParams): DeskView {
  const severities = search.get("severity")?.split(",") ?? [];
  return {
    severities: SEVERITIES.filter((severity) => severities.includes(severity)),
    standing: one(STANDINGS, search.get("standing"), "open"),
    site: search.get("site") || null,
    organisation: search.get("organisation") || null,
    whose: one(WHOSE, search.get("whose"), "anybody"),
    words: search.get("q") ?? "",
    gathering: one(GATHERINGS, search.get("gather"), "cascade"),
  };
}

/** The address with one part of the view changed; what is usual is left out. */
export function withPart(search: URLSearchParams, part: string, value: string | null, usual = ""): URLSearchParams {
  const after = new URLSearchParams(search);
  if (value === null || value === "" || value === usual) after.delete(part);
  else after.set(part, value);
  return after;
}

/** The address without its filters. */
export function withoutFilters(search: URLSearchParams): URLSearchParams {
  const after = new URLSearchParams(search);
  for (const part of ["severity", "standing", "site", "organisation", "whose", "q"]) after.delete(part);
  return after;
}

export function isNarrowed(view: DeskView): boolean {
  return view.severities.length > 0 || view.standing !== "open" || view.site !== null || view.organisation !== null || view.whose !== "anybody" || view.words !== "";
}

function stands(alarm: Alarm, standing: Standing): boolean {
  const isOpen = alarm.state === "active";
  if (standing === "open") return isOpen || isUnanswered(alarm);
  if (standing === "unanswered") return isUnanswered(alarm) && !isQuiet(alarm);
  if (standing === "answered") return isOpen && !isUnanswered(alarm);
  if (standing === "gone") return !isOpen && isUnanswered(alarm);
  return standing === "held" ? isOpen && isQuiet(alarm) : alarm.state === "cleared";
}

/** The names that a view's site and organisation stand for; null: any. An organisation's are its own and those below it. */
export interface Names {
  readonly site: string | null;
  readonly customers: ReadonlySet<string> | null;
}

const texts = new WeakMap<Alarm, string>();

function text(alarm: Alarm): string {
  let said = texts.get(alarm);
  if (said === undefined) {
    said = [alarm.text.zh, alarm.text.en, alarm.machine.name, alarm.machine.pin, alarm.source_key].join(" ").toLowerCase();
    texts.set(alarm, said);
  }
  return said;
}

/** Whether a view asks where machines stand or whose they are. */
export function asksPlace(view: DeskView): boolean {
  return view.site !== null || view.organisation !== null || view.words.trim() !== "";
}

/** Says of an alarm whether a view shows it. `me`: the viewer's login. */
export function showing(view: DeskView, names: Names, places: ReadonlyMap<string, Place>, me: string): (alarm: Alarm) => boolean {
  const words = view.words.toLowerCase().split(/\s+/).filter(Boolean);
  const severities = new Set(view.severities);
  return (alarm) => {
    if (!stands(alarm, view.standing)) return false;
    if (severities.size > 0 && !severities.has(alarm.severity)) return false;
    if (view.whose === "mine" && alarm.assigned_to !== me) return false;
    if (view.whose === "nobody" && alarm.assigned_to !== null) return false;
    if (words.length === 0 && names.site === null && names.customers === null) return true;
    const place = places.get(alarm.machine.id) ?? UNKNOWN_PLACE;
    if (names.site !== null && place.site !== names.site) return false;
    if (names.customers !== null && !names.customers.has(place.customer ?? "")) return false;
    if (words.length === 0) return true;
    const said = `${text(alarm)} ${(place.site ?? "").toLowerCase()} ${(place.customer ?? "").toLowerCase()}`;
    return words.every((word) => said.includes(word));
  };
}
