/** Line colours, apart from each other and from the severities' colours. */
import type { Appearance } from "../app/preferences";

const LINES: Readonly<Record<Appearance, readonly string[]>> = {
  light: ["#1f66b0", "#0d8073", "#8446bd", "#9c4f22", "#b83a76", "#55711a", "#34566f", "#6b6100"],
  dark: ["#6cb2f5", "#45cdbd", "#c19bf2", "#e2a376", "#f28cba", "#b3cf66", "#9bb8dc", "#d6c552"],
};

export function lineColour(index: number, appearance: Appearance): string {
  const lines = LINES[appearance];
  return lines[index % lines.length]!;
}

/** What the panels stand on. */
export function surfaceColour(appearance: Appearance): string {
  return appearance === "dark" ? "#151c23" : "#ffffff";
}

export interface ChartColours {
  readonly grid: string;
  readonly text: string;
  readonly font: string;
}

const FONT = '11px "Segoe UI", system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

export function chartColours(appearance: Appearance): ChartColours {
  return appearance === "dark" ? { grid: "#26303a", text: "#a9b6c2", font: FONT } : { grid: "#e3e8ed", text: "#4a5764", font: FONT };
}
