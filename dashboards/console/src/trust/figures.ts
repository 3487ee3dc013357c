/** Pure: shares and spans of time as people read them. */

/** "99.7 %" without rounding what is not whole to 100 %, nor what is something to 0 %. */
export function share(value: number, language: string): string {
  const shown = value < 1 && value > 0.999 ? 0.999 : value > 0 && value < 0.001 ? 0.001 : value;
  const digits = shown === 0 || shown === 1 ? 0 : 1;
  return new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(shown);
}

const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** How long something took, in its largest unit with at most one decimal: "42 s", "5.3 min", "1.5 h". */
export function spanWords(seconds: number, language: string): string {
  const [unit, size] = STEPS.find(([, step]) => seconds >= step) ?? STEPS[3];
  const value = seconds / size;
  const digits = value >= 10 || unit === "second" ? 0 : 1;
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits }).format(value);
}
