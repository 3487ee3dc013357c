/** The text that is being written and is no set yet: kept in this browser, so that nothing typed is lost. */
import { queryClient, sessionQuery } from "../api/queries";

export interface Draft {
  readonly text: string;
  /** What it began as: the text of a set, or nothing of one's own. */
  readonly origin: string;
  /** Since when it is kept here (ms). */
  readonly since: number;
}

/** Whose: two people at one desk do not find each other's. */
const place = (): string => `ecc.rules.draft.${queryClient.getQueryData(sessionQuery.queryKey)?.id ?? ""}`;

export function keptDraft(): Draft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(place()) ?? "null") as (Partial<Draft> & { at?: number }) | null;
    if (kept === null || typeof kept.text !== "string" || typeof kept.origin !== "string") return null;
    return { text: kept.text, origin: kept.origin, since: kept.since ?? kept.at ?? Date.now() };
  } catch {
    return null;
  }
}

/** Keeps the text; one that is what it began as is no draft. Says since when it is kept (ms): null when it is not, as a browser may refuse. */
export function keepDraft(text: string, origin: string): number | null {
  try {
    if (text === origin) {
      localStorage.removeItem(place());
      return null;
    }
    const since = keptDraft()?.since ?? Date.now();
    localStorage.setItem(place(), JSON.stringify({ text, origin, since } satisfies Draft));
    return since;
  } catch {
    return null;
  }
}

export function dropDraft(): void {
  try {
    localStorage.removeItem(place());
  } catch {
    // nothing was kept
  }
}
