/** One clock for all ages on the page: ticks once a second while anything shows one. */
import { useSyncExternalStore } from "react";
import { serverNow } from "../api/client";

const listeners = new Set<() => void>();
let now = Math.floor(serverNow() / 1000) * 1000;
let timer: ReturnType<typeof setInterval> | null = null;

function tick(): void {
  now = Math.floor(serverNow() / 1000) * 1000;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === null) {
    tick();
    timer = setInterval(tick, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** Now by the server's clock, in whole seconds (ms); the component renders again at every tick. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
