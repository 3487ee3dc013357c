/** Whether somebody is pointing at, scrolled into or moving through a list by keyboard: then nothing in it may jump. */
import { useRef, useState, type FocusEvent, type PointerEvent, type UIEvent } from "react";

export interface Hold {
  readonly holding: boolean;
  /** Lets go until the next pointer, scroll or key. */
  readonly release: () => void;
  readonly handlers: {
    onPointerEnter: (event: PointerEvent) => void;
    onPointerMove: (event: PointerEvent) => void;
    onPointerLeave: () => void;
    onPointerDownCapture: () => void;
    onFocus: (event: FocusEvent) => void;
    onBlur: (event: FocusEvent) => void;
    onScrollCapture: (event: UIEvent) => void;
  };
}

interface Causes {
  readonly pointer: boolean;
  readonly focus: boolean;
  readonly scroll: boolean;
}

const SCROLLED_PX = 4;
const isInDialog = (target: EventTarget | null): boolean => target instanceof Element && target.closest(".ant-modal-root, .ant-drawer, [role=dialog]") !== null;

/** A dialog belongs to the list from which it was opened: `then` hears where the focus goes from it. */
function untilOutOfDialog(then: (to: Node | null) => void): void {
  const heard = (event: globalThis.FocusEvent): void => {
    if (isInDialog(event.target)) return;
    document.removeEventListener("focusin", heard);
    then(event.target as Node | null);
  };
  document.addEventListener("focusin", heard);
}

const NONE: Causes = { pointer: false, focus: false, scroll: false };

export function useHold(): Hold {
  const [causes, setCauses] = useState(NONE);
  const now = useRef(NONE);
  const set = (change: Partial<Causes>): void => {
    const next = { ...now.current, ...change };
    if (next.pointer === now.current.pointer && next.focus === now.current.focus && next.scroll === now.current.scroll) return;
    now.current = next;
    setCauses(next);
  };
  const point = (event: PointerEvent): void => {
    if (event.pointerType === "mouse") set({ pointer: true });
  };
  return {
    holding: causes.pointer || causes.focus || causes.scroll,
    release: () => set(NONE),
    handlers: {
      onPointerEnter: point,
      onPointerMove: point,
      onPointerLeave: () => set({ pointer: false }),
      onPointerDownCapture: () => set({ focus: false }), // whoever takes the mouse moves through it by keyboard no more
      onFocus: (event) => set({ focus: event.target.matches(":focus-visible") }),
      onBlur: (event) => {
        const list = event.currentTarget;
        if (isInDialog(event.relatedTarget)) untilOutOfDialog((to) => !list.contains(to) && set({ focus: false }));
        else if (!list.contains(event.relatedTarget as Node | null)) set({ focus: false });
      },
      onScrollCapture: (event) => set({ scroll: (event.target as HTMLElement).scrollTop > SCROLLED_PX }),
    },
  };
}
