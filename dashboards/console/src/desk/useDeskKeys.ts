/** The desk by keyboard: one key a command, while nothing is typed and no dialog is open. */
import { useEffect, useRef } from "react";

export const KEYS = ["j", "k", "d", "a", "m", "s", "v", "c", "x", "e", "n", "/", "?"] as const;
export type DeskKey = (typeof KEYS)[number] | "Escape";

/** Other keys for the same. */
const SAME: Readonly<Record<string, DeskKey>> = { ArrowDown: "j", ArrowUp: "k", Enter: "d", Escape: "Escape" };
const TYPED = "input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=dialog], .ant-select, .ant-dropdown, .ant-picker";

function keyOf(event: KeyboardEvent): DeskKey | null {
  return SAME[event.key] ?? KEYS.find((key) => key === event.key || (event.key.length === 1 && key === event.key.toLowerCase())) ?? null;
}

export function useDeskKeys(onKey: (key: DeskKey) => boolean): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const heard = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.closest(TYPED) !== null || document.querySelector(".ant-modal-wrap:not([style*='display: none'])") !== null) return;
      // Enter and arrows belong to whatever control has the focus.
      if (event.key in SAME && event.key !== "Escape" && target.closest("button, a, summary, [tabindex]:not([data-alarm], main)") !== null) return;
      const key = keyOf(event);
      if (key !== null && latest.current(key)) event.preventDefault();
    };
    document.addEventListener("keydown", heard);
    return () => document.removeEventListener("keydown", heard);
  }, []);
}
