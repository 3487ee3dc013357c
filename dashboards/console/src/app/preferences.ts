/**
 * What the viewer chose: language, light or dark, units and whether the navigation is narrow, kept in this browser, and the
 * time zone of whoever is signed in. The account's language, once one is chosen there, its time zone and its units win over
 * the browser's.
 */
import { useSyncExternalStore } from "react";
import { showTimesIn } from "../format/time";
import { showUnitsIn, type UnitSystem } from "../format/value";

export const LANGUAGES = ["zh-CN", "en-US"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Appearance = "light" | "dark";

export interface Preferences {
  readonly language: Language;
  /** Chosen in this browser while nobody was signed in; null: the browser's own. */
  readonly browserLanguage: Language | null;
  readonly appearance: Appearance;
  /** IANA name; null: the browser's own. */
  readonly timeZone: string | null;
  readonly units: UnitSystem;
  /** The navigation shows signs without words. */
  readonly narrow: boolean;
}

const STORED_AS = "ecc.preferences";

/** The browser's own language, as far as the console speaks it. */
function spokenLanguage(): Language {
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith("zh")) ? "zh-CN" : "en-US";
}

function firstPreferences(): Preferences {
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)").matches ?? false;
  const first: Preferences = { language: spokenLanguage(), browserLanguage: null, appearance: dark ? "dark" : "light", timeZone: null, units: "metric", narrow: false };
  try {
    const kept = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}") as Partial<Preferences>;
    return {
      language: LANGUAGES.find((language) => language === kept.language) ?? first.language,
      browserLanguage: LANGUAGES.find((language) => language === kept.browserLanguage) ?? null,
      appearance: kept.appearance === "dark" || kept.appearance === "light" ? kept.appearance : first.appearance,
      timeZone: null,
      units: kept.units === "imperial" ? "imperial" : "metric",
      narrow: kept.narrow === true,
    };
  } catch {
    return first;
  }
}

let current = firstPreferences();
showUnitsIn(current.units);
const listeners = new Set<() => void>();

/** The preferences now. */
export function preferences(): Preferences {
  return current;
}

/** What an account that has chosen no language is shown: whoever used this browser before does not decide that. */
export function languageOfBrowser(): Language {
  return current.browserLanguage ?? spokenLanguage();
}

/** Changes some preferences, keeps them in the browser and tells every component. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  showTimesIn(current.timeZone);
  showUnitsIn(current.units);
  try {
    localStorage.setItem(STORED_AS, JSON.stringify({ ...current, timeZone: undefined }));
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
