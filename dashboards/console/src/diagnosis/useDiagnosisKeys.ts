/** The page by keyboard, as the desk: a key presses the control that it stands for, so it can do no more than that. */
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { deskPath, TO_ROW } from "../app/deskPath";
import type { Alarm } from "../api/types";

const TYPED = "input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=dialog], .ant-select, .ant-dropdown, .ant-picker";
const OF_KEY: Readonly<Record<string, string>> = {
  a: "alarm-acknowledge",
  m: "alarm-assign",
  s: "alarm-shelve",
  v: "alarm-verdict",
  i: "diagnosis-investigate",
  r: "diagnosis-resolve",
  h: "diagnosis-hand-over",
  y: "check-yes",
  n: "check-no",
  u: "check-unsure",
};

function press(selector: string): boolean {
  const control = document.querySelector<HTMLElement>(selector);
  if (control === null || control.matches(":disabled")) return false;
  control.focus({ preventScroll: true });
  control.click();
  return true;
}

export function useDiagnosisKeys(alarm: Pick<Alarm, "id">): void {
  const navigate = useNavigate();
  useEffect(() => {
    const done = (key: string): boolean => {
      if (key === "Escape") {
        void navigate(deskPath(), { state: TO_ROW });
        return true;
      }
      if (/^[1-9]$/.test(key)) return press(`[data-cause-number="${key}"]`);
      if (key === "c") {
        document.querySelector<HTMLElement>(".diagnosis-actions textarea")?.focus();
        return true;
      }
      const control = OF_KEY[key];
      return control !== undefined && press(`[data-testid="${control}"]`);
    };
    const heard = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : document.body;
      const isOpen = document.querySelector(".ant-modal-wrap:not([style*='display: none'])") !== null;
      if (isOpen || (target.closest(TYPED) !== null && !leaves(event, target))) return;
      if (done(event.key.length === 1 ? event.key.toLowerCase() : event.key)) event.preventDefault();
    };
    document.addEventListener("keydown", heard);
    return () => document.removeEventListener("keydown", heard);
  }, [navigate, alarm.id]);
}

/** Escape leaves what is typed in first, then the page. */
function leaves(event: KeyboardEvent, target: Element): boolean {
  if (event.key === "Escape" && target instanceof HTMLTextAreaElement) {
    target.blur();
    event.preventDefault();
  }
  return false;
}
