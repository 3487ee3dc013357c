/** The text that is being written and is no set yet: kept in this browser, so that nothing typed is lost. */
import { queryClient, sessionQuery } from "../api/queries";

export interface Draft {
  readonly text: string;
  /** What it began as: the text of a set, or nothing of one's own. */
  readonly origin: string;
  /** When it was last changed (ms). */
  readonly at: number;
}

/** Whose: two people at one desk do not find each other's. */
const place = (): string => `ecc.rules.draft.${queryClient.getQueryData(sessionQuery.queryKey)?.id ?? ""}`;

export function keptDraft(): Draft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(place()) ?? "null") as Partial<Draft> | null;
    return kept !== null && typeof kept.text === "string" && typeof kept.origin === "string" ? { text: kept.text, origin: kept.origin, at: kept.at ?? 0 } : null;
  } catch {
    return null;
  }
}

export function hasDraft(): boolean {
  return keptDraft() !== null;
}

/** Keeps the text; one that is what it began as is no draft. */
export function keepDraft(text: string, origin: string): void {
  try {
    if (text === origin) localStorage.removeItem(place());
    else localStorage.setItem(place(), JSON.stringify({ text, origin, at: Date.now() } satisfies Draft));
  } catch {
    // A browser that refuses storage: the warning before leaving is what is left.
  }
}

export function dropDraft(): void {
  try {
    localStorage.removeItem(place());
  } catch {
    // nothing was kept
  }
}
