/** What the viewer chose, kept in this browser: language and light or dark. */
import { useSyncExternalStore } from "react";

export const LANGUAGES = ["zh-CN", "en-US"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Appearance = "light" | "dark";

export interface Preferences {
  readonly language: Language;
  readonly appearance: Appearance;
}

const STORED_AS = "ecc.preferences";

function firstPreferences(): Preferences {
  const spoken = navigator.languages.some((tag) => tag.toLowerCase().startsWith("zh"));
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)").matches ?? false;
  const first: Preferences = { language: spoken ? "zh-CN" : "en-US", appearance: dark ? "dark" : "light" };
  try {
    const kept = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}") as Partial<Preferences>;
    return {
      language: LANGUAGES.find((language) => language === kept.language) ?? first.language,
      appearance: kept.appearance === "dark" || kept.appearance === "light" ? kept.appearance : first.appearance,
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
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(current));
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
