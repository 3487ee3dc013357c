/** A dialog that is gone gives the focus back to what opened it, also where it was taken off the page at once. */
import { useEffect } from "react";

const isInDialog = (element: EventTarget | null): boolean => element instanceof Element && element.closest(".ant-modal-root") !== null;

export function useFocusBack(): void {
  useEffect(() => {
    let opener: HTMLElement | null = null;
    const entered = ({ target, relatedTarget }: FocusEvent): void => {
      if (isInDialog(target) && relatedTarget instanceof HTMLElement && !isInDialog(relatedTarget)) opener = relatedTarget;
    };
    const taken = new MutationObserver(() => {
      if (opener === null || document.querySelector(".ant-modal-wrap") !== null) return;
      if (document.activeElement === document.body && opener.isConnected) opener.focus({ preventScroll: true });
      opener = null;
    });
    document.addEventListener("focusin", entered);
    taken.observe(document.body, { childList: true });
    return () => {
      document.removeEventListener("focusin", entered);
      taken.disconnect();
    };
  }, []);
}
