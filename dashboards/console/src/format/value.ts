/** Numbers and units as people read them. Everything is kept in the catalogue's units; here, and nowhere else, it becomes the viewer's. */

/** metric: as the catalogue has it; imperial: the customary units of the United States. */
export type UnitSystem = "metric" | "imperial";

interface Customary {
  readonly word: string;
  readonly factor: number;
  readonly offset: number;
}

/** NIST SP 811, appendix B; gallons are those of the United States. */
const CUSTOMARY: Readonly<Record<string, Customary>> = {
  degC: { word: "°F", factor: 1.8, offset: 32 },
  kPa: { word: "psi", factor: 1 / 6.894757293168, offset: 0 },
  L: { word: "gal", factor: 1 / 3.785411784, offset: 0 },
  "L/h": { word: "gal/h", factor: 1 / 3.785411784, offset: 0 },
  km: { word: "mi", factor: 1 / 1.609344, offset: 0 },
  "km/h": { word: "mph", factor: 1 / 1.609344, offset: 0 },
  m: { word: "ft", factor: 1 / 0.3048, offset: 0 },
  kg: { word: "lb", factor: 1 / 0.45359237, offset: 0 },
};

let system: UnitSystem = "metric";

/** Shows values in this system from now on. */
export function showUnitsIn(wanted: UnitSystem): void {
  system = wanted;
}

/** The system in which values are shown now. */
export function shownUnits(): UnitSystem {
  return system;
}

function customary(unit: string): Customary | undefined {
  return system === "imperial" ? CUSTOMARY[unit] : undefined;
}

const UNITS: Readonly<Record<string, string>> = { degC: "°C", deg: "°", "1": "", "%": "%", percent: "%" };

/** A catalogue unit as it is printed: degC becomes °C or °F, 1 (a count or a state) nothing. */
export function unitWord(unit: string): string {
  return customary(unit)?.word ?? UNITS[unit] ?? unit;
}

/** A value of a catalogue unit in the unit in which it is shown, for axes and lines; texts come from the functions below. */
export function shownValue(value: number, unit: string): number {
  const other = customary(unit);
  return other === undefined ? value : value * other.factor + other.offset;
}

/** How a catalogue value becomes one of the shown unit `word`, for who knows only that word; null: it stays as it is. */
export function intoShown(word: string): ((value: number) => number) | null {
  const found = system === "imperial" ? Object.values(CUSTOMARY).find((one) => one.word === word) : undefined;
  return found === undefined ? null : (value) => value * found.factor + found.offset;
}

/** A value as it was typed in the shown unit, in the catalogue's. */
export function keptValue(shown: number, unit: string): number {
  const other = customary(unit);
  return other === undefined ? shown : (shown - other.offset) / other.factor;
}

const DECIMALS: Readonly<Record<string, number>> = {
  rpm: 0, kPa: 0, "%": 0, degC: 1, "L/h": 1, V: 1, A: 1, "km/h": 1, h: 1, L: 1, km: 1, Hz: 1, kg: 0, m: 0, dBm: 0, "1": 0, deg: 1,
};

/** Decimals of a shown value: a small pressure is compared with limits of tenths, and a psi is seven kPa. */
function decimals(shown: number, unit: string): number {
  if (unit !== "kPa") return DECIMALS[unit] ?? 2;
  if (system === "imperial") return Math.abs(shown) < 3 ? 2 : Math.abs(shown) < 150 ? 1 : 0;
  return Math.abs(shown) < 20 ? 1 : 0;
}

const formats = new Map<string, Intl.NumberFormat>();

/** A value that rounds to nothing is 0, without a sign. */
function format(language: string, digits: number): Intl.NumberFormat {
  const name = `${language} ${digits}`;
  let made = formats.get(name);
  if (made === undefined) {
    made = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "negative" });
    formats.set(name, made);
  }
  return made;
}

/** A value in its unit's usual precision, without the unit, for columns of figures, whose decimals are alike; an en dash for nothing. */
export function number(value: number | null | undefined, unit: string, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const shown = shownValue(value, unit);
  const digits = unit === "kPa" && system === "imperial" ? 1 : (DECIMALS[unit] ?? 2);
  return format(language, digits).format(shown);
}

function withUnit(text: string, unit: string): string {
  const word = unitWord(unit);
  return word === "" || word === "%" || word === "°" ? `${text}${word}` : `${text} ${word}`;
}

/** A value with its unit: "1,650 rpm", "97.4 °C", "35%". */
export function quantity(value: number | null | undefined, unit: string, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const shown = shownValue(value, unit);
  return withUnit(format(language, decimals(shown, unit)).format(shown), unit);
}

/** A limit with its unit: every digit that it has ("6.2 kPa"), or four that count of one that is converted ("0.8992 psi"). */
export function limitWords(value: number, unit: string, language: string): string {
  const digits = customary(unit) === undefined ? { maximumFractionDigits: 6 } : { maximumSignificantDigits: 4 };
  return withUnit(shownValue(value, unit).toLocaleString(language, { ...digits, signDisplay: "negative" }), unit);
}

const SUFFIX_UNITS: readonly (readonly [string, string])[] = [
  ["_degc", "degC"], ["_kpa", "kPa"], ["_rpm", "rpm"], ["_lph", "L/h"], ["_pct", "%"], ["_kmh", "km/h"], ["_km", "km"],
  ["_v", "V"], ["_a", "A"], ["_hz", "Hz"], ["_dbm", "dBm"], ["_kg", "kg"], ["_deg", "deg"], ["_l", "L"], ["_h", "h"], ["_s", "s"], ["_m", "m"],
];

/** The unit that a key names by its suffix (ARCHITECTURE section 7), for keys that no catalogue lists; "" unknown. */
export function unitOfKey(key: string): string {
  return SUFFIX_UNITS.find(([suffix]) => key.endsWith(suffix))?.[1] ?? "";
}
