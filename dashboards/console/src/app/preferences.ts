/**
 * What the viewer chose: language and light or dark, kept in this browser, and the time zone of whoever is signed in.
 * The account's language, once one is chosen there, and its time zone win over the browser's.
 */
import { useSyncExternalStore } from "react";
import { showTimesIn } from "../format/time";

export const LANGUAGES = ["zh-CN", "en-US"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Appearance = "light" | "dark";

export interface Preferences {
  readonly language: Language;
  readonly appearance: Appearance;
  /** IANA name; null: the browser's own. */
  readonly timeZone: string | null;
}

const STORED_AS = "ecc.preferences";

function firstPreferences(): Preferences {
  const spoken = navigator.languages.some((tag) => tag.toLowerCase().startsWith("zh"));
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)").matches ?? false;
  const first: Preferences = { language: spoken ? "zh-CN" : "en-US", appearance: dark ? "dark" : "light", timeZone: null };
  try {
    const kept = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}") as Partial<Preferences>;
    return {
      language: LANGUAGES.find((language) => language === kept.language) ?? first.language,
      appearance: kept.appearance === "dark" || kept.appearance === "light" ? kept.appearance : first.appearance,
      timeZone: null,
    };
  } catch {
    return first;
  }
}

let current = firstPreferences();
const listeners = new Set<() => void>();

/** The preferences now. */
export function preferences(): Preferences {
  return current;
}

/** Changes some preferences, keeps them in the browser and tells every component. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  showTimesIn(current.timeZone);
  try {
    localStorage.setItem(STORED_AS, JSON.stringify({ language: current.language, appearance: current.appearance }));
  } catch {
    // A browser that refuses storage still works; the choice lasts until the page is closed.
  }
  for (const listener of listeners) listener();
}

/** Calls `listener` at every change; returns the way to stop. */
export function onPreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The preferences as React state. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(onPreferences, preferences);
}
