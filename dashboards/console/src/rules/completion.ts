/** Pure: what can stand where the cursor is in a rule file. */

export interface Named {
  readonly label: string;
  /** Beside the label: a signal's unit. */
  readonly detail: string;
  /** What it means. */
  readonly info: string;
  readonly kind: "signal" | "function" | "unit" | "word" | "limit" | "key" | "value";
  /** What is written in its place; the label when left out. */
  readonly apply?: string;
}

export interface SignalName {
  readonly key: string;
  readonly name: string;
  readonly unit: string;
  readonly valid_min: number;
  readonly valid_max: number;
}

/** Words known to the platform. */
export interface Known {
  readonly signals: readonly SignalName[];
  readonly rules: readonly { readonly key: string; readonly name: string }[];
  readonly causes: readonly { readonly key: string; readonly name: string }[];
  readonly checks: readonly { readonly key: string; readonly name: string }[];
  /** What a function, a key or a unit means, in the viewer's language. */
  readonly words: { readonly functions: Readonly<Record<string, string>>; readonly keys: Readonly<Record<string, string>>; readonly valid: string };
}

/** Functions of the language by how they are called (diagnosis/cursor.py). */
export const FUNCTIONS = {
  abs: "abs(number)", delta: "delta(signal, 10min)", rate: "rate(signal, 10min)", min: "min(signal, 10min)", max: "max(signal, 10min)", mean: "mean(signal, 10min)", count: "count(condition, 1h)",
  missing: "missing(signal, 1min)", inside: "inside('fence', 5min, 20 m)", outside: "outside('fence', 5min, 20 m)", clock: "clock(22:00, 06:00)", working_hours: "working_hours()", dtc: "dtc(spn, fmi)",
} as const;
export const UNITS = ["Pa", "kPa", "MPa", "mbar", "bar", "psi", "degC", "degF", "K", "ms", "s", "min", "h", "d", "rpm", "Hz", "mm", "cm", "m", "km", "mL", "L", "m3", "g", "kg", "t", "mV", "V", "mA", "A", "W", "kW", "%", "deg", "dBm", "L/h", "km/h", "kPa/s"] as const;
export const RULE_KEYS = ["when", "for", "clear", "limits", "severity", "max_gap", "applies_to", "latched", "suppressed_in", "inhibits", "title", "owner", "expert", "causes", "checks", "sources", "tests", "off"] as const;
export const TEST_KEYS = ["name", "readings", "raises", "nominal_voltage_v", "kind", "model", "software", "mode", "time_zone", "working_hours", "reports", "faults", "sensor_errors", "fences"] as const;
const OVERRIDE_KEYS = ["rule", "machine", "limits", "off", "reason", "until"] as const;
const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
const MODES = ["in_service", "transport", "in_repair", "stored", "scrapped"] as const;
const SUPPRESSED = ["in_repair", "transport", "stored", "engine_off"] as const;

export interface Place {
  /** The table: a rule's key, "tests", "override" or "". */
  readonly table: "rule" | "tests" | "override" | "heading" | "";
  readonly rule: string;
  /** The member whose value the cursor is in; "" before one. */
  readonly member: string;
  readonly inText: boolean;
}

/** Where the end of `before` is, in the tables of a rule file. */
export function placeAt(before: string): Place {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const headings = [...before.matchAll(/^[ \t]*(\[\[?)\s*([\w.]+)\s*\]\]?/gm)];
  const last = headings.at(-1);
  const path = last?.[2] ?? "";
  const [rule = "", part] = path.split(".");
  const table = path === "" ? "" : path === "override" ? "override" : part === "tests" ? "tests" : "rule";
  if (/^\s*\[\[?[\w.]*$/.test(line)) return { table: "heading", rule, member: "", inText: false };
  const body = before.slice(last === undefined ? 0 : last.index + last[0].length);
  const members = [...body.matchAll(/^[ \t]*([A-Za-z_]\w*)\s*=/gm)].filter((one) => !isOpen(body.slice(0, one.index)));
  const member = members.at(-1);
  if (member === undefined) return { table, rule, member: "", inText: false };
  const value = body.slice(member.index + member[0].length);
  if (value.includes("\n") && !isOpen(value)) return { table, rule, member: "", inText: false };
  return { table, rule, member: member[1]!, inText: quotesOpen(value) };
}

const withoutTexts = (text: string): string => text.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*/g, "");

function isOpen(text: string): boolean {
  const left = withoutTexts(text);
  return (left.match(/[[{]/g)?.length ?? 0) > (left.match(/[\]}]/g)?.length ?? 0) || left.includes('"""');
}

function quotesOpen(value: string): boolean {
  return /["']/.test(withoutTexts(value));
}

/** The limits that a rule's table gives names: `least = "10 %"`. */
export function limitNames(text: string, rule: string): { key: string; value: string }[] {
  const start = text.search(new RegExp(`^[ \\t]*\\[\\s*${rule}\\s*\\]`, "m"));
  if (rule === "" || start < 0) return [];
  const body = text.slice(start).match(/^\s*limits\s*=\s*\{([^}]*)\}/m)?.[1] ?? "";
  return [...body.matchAll(/([a-z]\w*)\s*=\s*("[^"]*"|[\d.]+)/g)].map((one) => ({ key: one[1]!, value: one[2]!.replaceAll('"', "") }));
}

export interface Offer {
  /** How many characters before the cursor are replaced. */
  readonly length: number;
  readonly options: readonly Named[];
}

/** What may be written at the end of `before`; null where nothing is known. */
export function offerAt(before: string, text: string, known: Known): Offer | null {
  const place = placeAt(before);
  const word = before.match(/[A-Za-z_][\w/]*$/)?.[0] ?? "";
  const offer = (options: readonly Named[]): Offer => ({ length: word.length, options });
  if (place.table === "heading") return offer(known.rules.map((one) => ({ label: one.key, detail: "", info: one.name, kind: "key" })));
  if (place.member === "") return place.table === "" ? null : offer(keysOf(place.table, known));
  if (place.table === "rule" && (place.member === "when" || place.member === "clear")) {
    if (!place.inText) return null;
    return offer(/\d\s*$/.test(before.slice(0, before.length - word.length)) ? unitNames() : expressionNames(text, place.rule, known));
  }
  if (place.table === "tests" && !place.inText && ["readings", "reports"].includes(place.member)) return offer(signalNames(known, " = "));
  if (place.table === "tests" && ["reports", "sensor_errors"].includes(place.member)) return offer(signalNames(known, ""));
  return valuesOf(place, known, offer);
}

function valuesOf(place: Place, known: Known, offer: (options: readonly Named[]) => Offer): Offer | null {
  if (!place.inText) return null;
  const texts = (names: readonly string[]): Offer => offer(names.map((label) => ({ label, detail: "", info: "", kind: "value" })));
  const named = (names: readonly { readonly key: string; readonly name: string }[]): Offer => offer(names.map((one) => ({ label: one.key, detail: "", info: one.name, kind: "value" })));
  if (place.member === "severity") return texts(SEVERITIES);
  if (place.member === "suppressed_in") return texts(SUPPRESSED);
  if (place.member === "mode" || place.member === "applies_to") return texts(MODES);
  if (place.member === "inhibits" || (place.table === "override" && place.member === "rule")) return named(known.rules);
  if (place.member === "causes") return named(known.causes);
  if (place.member === "checks") return named(known.checks);
  if (place.member === "limits") return offer(unitNames());
  return null;
}

function keysOf(table: Place["table"], known: Known): Named[] {
  const keys: readonly string[] = table === "tests" ? TEST_KEYS : table === "override" ? OVERRIDE_KEYS : RULE_KEYS;
  return keys.map((label) => ({ label, detail: "", info: known.words.keys[label] ?? "", kind: "key", apply: `${label} = ` }));
}

function signalNames(known: Known, behind: string): Named[] {
  return known.signals.map((one) => ({ label: one.key, detail: one.unit, info: `${one.name}\n${known.words.valid}: ${one.valid_min} – ${one.valid_max} ${one.unit}`, kind: "signal", ...(behind === "" ? {} : { apply: one.key + behind }) }));
}

function unitNames(): Named[] {
  return UNITS.map((label) => ({ label, detail: "", info: "", kind: "unit" }));
}

function expressionNames(text: string, rule: string, known: Known): Named[] {
  const limits = limitNames(text, rule).map((one): Named => ({ label: one.key, detail: one.value, info: "", kind: "limit" }));
  const functions = Object.entries(FUNCTIONS).map(([label, usage]): Named => ({ label, detail: usage, info: known.words.functions[label] ?? "", kind: "function", apply: `${label}(` }));
  const words = ["and", "or", "not", "nominal_voltage_v"].map((label): Named => ({ label, detail: label === "nominal_voltage_v" ? "V" : "", info: "", kind: "word" }));
  return [...limits, ...signalNames(known, ""), ...functions, ...words];
}
