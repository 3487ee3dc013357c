/** What a form asks for, said once: kinds of fields, what they need, and how values go into a form and out of it. */
import type words from "../words/en-US";
import type { Filters, Row, Values } from "./noun";

export type FieldWord = keyof (typeof words)["admin"]["field"];
export type HelpWord = keyof (typeof words)["admin"]["help"];

interface Base {
  /** The API's member, and the key of its word. */
  readonly name: FieldWord;
  readonly word?: FieldWord;
  readonly help?: HelpWord;
  readonly required?: boolean;
  /** Asked for when a thing is made, and never again; or only of what is there. */
  readonly only?: "new" | "there";
  /** Whether it is asked for, as the other values are. */
  readonly when?: (values: Values) => boolean;
  /** A whole line of the form. */
  readonly wide?: boolean;
}

/** What a reference leads to: whose list it is chosen from, and how a choice is called. */
export interface Target {
  readonly path: string;
  /** The parameter that searches; without one the list is short. */
  readonly search?: "q";
  readonly filters?: Filters;
  /** The member that is kept; `id` when left out. */
  readonly key?: string;
  readonly names: readonly string[];
  /** Which of the list may be chosen; all when left out. */
  readonly only?: (row: Values) => boolean;
}

export type Field = Base &
  (
    | { readonly kind: "text" | "long" | "code" | "switch" | "zone" | "instant" | "date" | "time" | "tags" | "week" | "pairs" }
    | { readonly kind: "number"; readonly min?: number; readonly max?: number; readonly whole?: boolean; readonly unit?: string }
    | { readonly kind: "choice" | "choices"; readonly list?: string; readonly codes?: readonly string[] }
    /** One of few, which the other values decide; a choice that is no more among them is taken back. */
    | { readonly kind: "choice"; readonly list: string; readonly codesOf: (values: Values) => readonly string[] }
    | { readonly kind: "figures"; readonly codes: readonly string[]; readonly list: string; readonly unit?: string }
    | { readonly kind: "reference"; readonly to: Target; readonly shown?: string; /** A member of what is chosen, kept among the values as `name.member`. */ readonly takes?: string }
    | { readonly kind: "references"; readonly to: Target }
    | { readonly kind: "rows"; readonly fields: readonly Field[]; readonly more?: readonly Field[]; readonly blank: Values }
    | { readonly kind: "geometry" }
    | { readonly kind: "place" }
  );

/** The members of the API that a field is about. */
export function membersOf(field: Field): readonly string[] {
  if (field.kind === "geometry") return ["geometry", "radius_m", "width_m"];
  if (field.kind === "place") return ["latitude_deg", "longitude_deg"];
  return [field.name];
}

/** The fields of a form for something new (`row` null) or something there. */
export function fieldsFor(fields: readonly Field[], row: Row | null, values: Values): readonly Field[] {
  return fields.filter((field) => (field.only === undefined || (field.only === "new") === (row === null)) && (field.when?.(values) ?? true));
}

/** A change of a form's values, with what no longer fits it taken back. */
export function afterChange(fields: readonly Field[], before: Values, change: Values): Values {
  const after: Record<string, unknown> = { ...before, ...change };
  for (const field of fields) {
    if (field.kind !== "choice" || !("codesOf" in field) || after[field.name] == null) continue;
    if (!field.codesOf(after).includes(String(after[field.name]))) after[field.name] = null;
  }
  return after;
}

/** What a form begins with: the thing's own members. */
export function valuesOf(fields: readonly Field[], row: Row | Values): Values {
  const members = row as Values;
  return Object.fromEntries(fields.flatMap(membersOf).map((name) => [name, members[name] ?? null]));
}

/** Equal as JSON; the order of an object's members says nothing, and what is left out is null. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other || (one ?? null) === (other ?? null)) return true;
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value, at) => same(value, other[at]));
  if (Array.isArray(one) || Array.isArray(other) || typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => same((one as Values)[name], (other as Values)[name]));
}

/** The members that differ: what a PATCH names. */
export function changed(before: Values, after: Values): Values {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !same(before[name], value)));
}

/** What a POST names: no empty members. */
export function filled(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== ""));
}

/** Names of members -> what is wrong with each, of the parts that a problem names (`seats.0.name`); the rest under "". */
export function wrongByMember(errors: readonly { where: string; message: string }[], members: ReadonlySet<string>): ReadonlyMap<string, string> {
  const wrong = new Map<string, string>();
  for (const { where, message } of errors) {
    const [first = "", ...rest] = where.split(".");
    const name = members.has(first) ? first : "";
    const isPlaced = first === "geometry"; // what is wrong with a shape names its ring and position itself
    const said = (rest.length > 0 && !isPlaced) || (name === "" && where !== "") ? `${where}: ${message}` : message;
    wrong.set(name, wrong.has(name) ? `${wrong.get(name)} ${said}` : said);
  }
  return wrong;
}
