/** Pure: a fault code's source key and name, taken apart. */

/** SAE J1939 preferred addresses that have a name in the catalogues. */
const CONTROLLERS = {
  "0": "engine", "1": "engine2", "3": "transmission", "11": "brakes", "15": "retarder", "23": "cluster", "33": "body", "39": "management", "49": "cab",
} as const;

export interface FaultCode {
  readonly spn: string;
  readonly fmi: string;
  readonly address: string;
  /** The key of the sender's name; null when the terminal did not say who sent the code. */
  readonly controller: (typeof CONTROLLERS)[keyof typeof CONTROLLERS] | "other" | null;
}

/** The parts of `SA/SPN/FMI`; null of anything else. */
export function faultCode(sourceKey: string): FaultCode | null {
  const found = /^(-?\d+)\/(\d+)\/(\d+)$/.exec(sourceKey);
  if (found === null) return null;
  const [, address = "", spn = "", fmi = ""] = found;
  const known = Object.entries(CONTROLLERS).find(([number]) => number === address)?.[1];
  return { spn, fmi, address, controller: address.startsWith("-") ? null : (known ?? "other") };
}

/** A fault code's name without the numbers at its end, which stand beside it. */
export function withoutNumbers(name: string): string {
  return name.replace(/\s*[(（]SPN \d+ FMI \d+[)）]$/, "");
}
