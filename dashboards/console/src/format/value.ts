/** Numbers and units as people read them. */

const UNITS: Readonly<Record<string, string>> = { degC: "°C", deg: "°", "1": "", "%": "%", percent: "%" };

/** A catalogue unit as it is printed: degC becomes °C, 1 (a count or a state) nothing. */
export function unitWord(unit: string): string {
  return UNITS[unit] ?? unit;
}

const DECIMALS: Readonly<Record<string, number>> = {
  rpm: 0, kPa: 0, "%": 0, degC: 1, "L/h": 1, V: 1, A: 1, "km/h": 1, h: 1, L: 1, km: 1, Hz: 1, kg: 0, m: 0, dBm: 0, "1": 0, deg: 1,
};

const formats = new Map<string, Intl.NumberFormat>();

/** A value that rounds to nothing is 0, without a sign. */
function format(language: string, digits: number, useGrouping: boolean): Intl.NumberFormat {
  const name = `${language} ${digits} ${useGrouping}`;
  let made = formats.get(name);
  if (made === undefined) {
    made = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping, signDisplay: "negative" });
    formats.set(name, made);
  }
  return made;
}

/** A value in its unit's usual precision, without the unit, for columns of figures; an en dash for nothing. */
export function number(value: number | null | undefined, unit: string, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return format(language, DECIMALS[unit] ?? 2, Math.abs(value) >= 10_000).format(value);
}

/** A value with its unit: "1,650 rpm", "97.4 °C", "35%". */
export function quantity(value: number | null | undefined, unit: string, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = unit === "kPa" && Math.abs(value) < 20 ? 1 : (DECIMALS[unit] ?? 2);
  const text = format(language, digits, true).format(value);
  const word = unitWord(unit);
  if (word === "") return text;
  return word === "%" || word === "°" ? `${text}${word}` : `${text} ${word}`;
}

/** A limit with its unit, with every digit it has: "6.2 kPa". */
export function limitWords(value: number, unit: string, language: string): string {
  const word = unitWord(unit);
  return `${value.toLocaleString(language, { maximumFractionDigits: 6, signDisplay: "negative" })}${word === "" || word === "%" || word === "°" ? word : ` ${word}`}`;
}

const SUFFIX_UNITS: readonly (readonly [string, string])[] = [
  ["_degc", "degC"], ["_kpa", "kPa"], ["_rpm", "rpm"], ["_lph", "L/h"], ["_pct", "%"], ["_kmh", "km/h"], ["_km", "km"],
  ["_v", "V"], ["_a", "A"], ["_hz", "Hz"], ["_dbm", "dBm"], ["_kg", "kg"], ["_deg", "deg"], ["_l", "L"], ["_h", "h"], ["_s", "s"], ["_m", "m"],
];

/** The unit that a key names by its suffix (ARCHITECTURE section 7), for keys that no catalogue lists; "" unknown. */
export function unitOfKey(key: string): string {
  return SUFFIX_UNITS.find(([suffix]) => key.endsWith(suffix))?.[1] ?? "";
}
