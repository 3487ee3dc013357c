/** Pieces of the program that did not come: the line is cut, or the server has a newer build than this page. */
import { useEffect } from "react";

const RELOADED_AT = "ecc.reloaded-at";
const ASKED_EVERY_MS = 2_000;
const AGAIN_MS = 60_000;

const missing = new WeakSet<object>();

/** From now on errors are known for what they are. */
export function watchForMissingPieces(): void {
  window.addEventListener("vite:preloadError", (event) => void missing.add(event.payload));
}

export function isMissingPiece(error: unknown): boolean {
  return typeof error === "object" && error !== null && missing.has(error);
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** Asks every two seconds whether the server is there, while `isAsked`; calls `then` each time that it is. */
export function useServerAnswers(isAsked: boolean, then: () => void): void {
  useEffect(() => {
    if (!isAsked) return;
    let stopped = false;
    const look = async (): Promise<void> => {
      if ((await answers()) && !stopped) then();
    };
    void look();
    const timer = setInterval(() => void look(), ASKED_EVERY_MS);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [isAsked]); // eslint-disable-line -- the first `then` serves
}

/** Loads the whole program anew, once a minute at most: only where the server answers, else nothing would be left. Whether it does. */
export function loadAnew(): boolean {
  const now = Date.now();
  if (now - Number(sessionStorage.getItem(RELOADED_AT) ?? 0) < AGAIN_MS) return false;
  sessionStorage.setItem(RELOADED_AT, String(now));
  window.location.reload();
  return true;
}
