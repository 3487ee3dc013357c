/** Which program a session's User-Agent names, in words that people know their browsers by. */

const BROWSERS: readonly (readonly [sign: RegExp, name: string])[] = [
  [/MicroMessenger\//, "WeChat"],
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/(Chrome|CriOS)\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*Safari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [sign: RegExp, name: string])[] = [
  [/HarmonyOS|OpenHarmony/, "HarmonyOS"],
  [/Windows/, "Windows"],
  [/Android/, "Android"],
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Mac OS X/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** "Chrome · Windows"; of a program that is no browser its own name, such as "python-httpx"; null: it named none. */
export function programOf(userAgent: string | null): string | null {
  if (userAgent === null || userAgent.trim() === "") return null;
  const find = (list: typeof BROWSERS): string | undefined => list.find(([sign]) => sign.test(userAgent))?.[1];
  const browser = find(BROWSERS);
  if (browser === undefined && !userAgent.startsWith("Mozilla/")) return userAgent.split(/[/\s]/, 1)[0]!;
  return [browser, find(SYSTEMS)].filter((word) => word !== undefined).join(" · ") || null;
}
