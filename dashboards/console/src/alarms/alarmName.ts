import type { Alarm, SignalEntry } from "../api/types";
import type { Language } from "../app/preferences";
import { withoutNumbers } from "./faultCode";

/** What an alarm is called, in the viewer's language; a fault code without its numbers, which stand beside it. */
export function alarmName(alarm: Pick<Alarm, "text" | "source_kind">, language: Language): string {
  const words = language === "zh-CN" ? alarm.text.zh : alarm.text.en;
  return alarm.source_kind === "dtc" ? withoutNumbers(words) : words;
}

/** A signal's name in the viewer's language; its key in words when no catalogue has it. */
export function signalName(catalogue: ReadonlyMap<string, SignalEntry> | undefined, key: string, language: Language): string {
  const signal = catalogue?.get(key);
  if (signal === undefined) return key.replaceAll("_", " ");
  return language === "zh-CN" ? signal.zh : signal.en;
}
