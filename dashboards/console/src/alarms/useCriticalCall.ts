/** Calls whoever is at the console when a critical alarm comes: a sound, and how many came since somebody looked. */
import { useEffect, useRef, useState } from "react";
import { serverNow } from "../api/client";
import type { Alarm } from "../api/types";
import { changesOf } from "../live/changes";
import { newCalls } from "./criticalCall";
import { call, useSound } from "./sound";

const NONE: readonly Alarm[] = [];

/** How many new ones nobody at this page has noticed: a click, a key or the window's focus notices them. */
export function useCriticalCall(alarms: readonly Alarm[] | undefined): number {
  const heard = useRef(new Set<string>());
  const since = useRef(serverNow());
  const looked = useRef(NONE);
  const [unnoticed, setUnnoticed] = useState(0);
  useSound(); // whatever the page is, its first click wakes the sound
  useEffect(() => {
    const changes = changesOf(looked.current, alarms ?? NONE);
    const fresh = newCalls(changes?.map((change) => change.after) ?? alarms ?? NONE, heard.current, since.current);
    looked.current = alarms ?? NONE;
    if (fresh.length === 0) return;
    for (const id of fresh) heard.current.add(id);
    setUnnoticed((before) => before + fresh.length);
    call();
  }, [alarms]);
  useEffect(() => {
    const notice = (): void => setUnnoticed(0);
    const kinds = ["pointerdown", "keydown", "focus"] as const;
    for (const kind of kinds) window.addEventListener(kind, notice);
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, notice);
    };
  }, []);
  return unnoticed;
}
