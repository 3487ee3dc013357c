/** Numbers and units as people read them. */

const UNITS: Readonly<Record<string, string>> = { degC: "°C", deg: "°", "1": "", "%": "%", percent: "%" };

/** A catalogue unit as it is printed: degC becomes °C, 1 (a count or a state) nothing. */
export function unitWord(unit: string): string {
  return UNITS[unit] ?? unit;
}

const DECIMALS: Readonly<Record<string, number>> = {
  rpm: 0, kPa: 0, "%": 0, degC: 1, "L/h": 1, V: 1, A: 1, "km/h": 1, h: 1, L: 1, km: 1, Hz: 1, kg: 0, m: 0, dBm: 0, "1": 0, deg: 1,
};

/** A value in its unit's usual precision, without the unit; an en dash for nothing. */
export function number(value: number | null | undefined, unit: string, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = DECIMALS[unit] ?? 2;
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: Math.abs(value) >= 10_000 });
}

/** A value with its unit: "97.4 °C", "35%". */
export function quantity(value: number | null | undefined, unit: string, language: string): string {
  const text = number(value, unit, language);
  const word = unitWord(unit);
  if (text === "–" || word === "") return text;
  return word === "%" || word === "°" ? `${text}${word}` : `${text} ${word}`;
}

const SUFFIX_UNITS: readonly (readonly [string, string])[] = [
  ["_degc", "degC"], ["_kpa", "kPa"], ["_rpm", "rpm"], ["_lph", "L/h"], ["_pct", "%"], ["_kmh", "km/h"], ["_km", "km"],
  ["_v", "V"], ["_a", "A"], ["_hz", "Hz"], ["_dbm", "dBm"], ["_kg", "kg"], ["_deg", "deg"], ["_l", "L"], ["_h", "h"], ["_s", "s"], ["_m", "m"],
];

/** The unit that a key names by its suffix (ARCHITECTURE section 7), for keys that no catalogue lists; "" unknown. */
export function unitOfKey(key: string): string {
  return SUFFIX_UNITS.find(([suffix]) => key.endsWith(suffix))?.[1] ?? "";
}
