/** Which rows of a long list of equally high rows are worth drawing, and how to bring one into sight. */
import { useCallback, useRef, useState, type RefObject, type UIEvent } from "react";
import { useSize } from "../app/useSize";
import { windowOf, type RowWindow } from "./window";

export interface RowsInSight extends RowWindow {
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly onScroll: (event: UIEvent<HTMLDivElement>) => void;
  /** Scrolls no further than it must. */
  readonly reveal: (index: number) => void;
}

/** `headPx`: of the frame's height, what its sticky head covers. */
export function useRowWindow(count: number, rowPx: number, headPx: number): RowsInSight {
  const [frame, size] = useSize<HTMLDivElement>();
  const [scrolled, setScrolled] = useState(0);
  const now = useRef(0);
  const seen = windowOf(count, rowPx, scrolled, Math.max(0, size.height - headPx));
  const onScroll = (event: UIEvent<HTMLDivElement>): void => {
    // Drawing anew is due only when the rows in sight are others.
    const at = Math.floor(event.currentTarget.scrollTop / rowPx) * rowPx;
    if (at === now.current) return;
    now.current = at;
    setScrolled(at);
  };
  const reveal = useCallback(
    (index: number): void => {
      const element = frame.current;
      if (element === null) return;
      const top = index * rowPx;
      const bottom = top + rowPx - (element.clientHeight - headPx);
      if (top < element.scrollTop) element.scrollTop = top;
      else if (bottom > element.scrollTop) element.scrollTop = bottom;
    },
    [frame, rowPx, headPx],
  );
  return { ...seen, frame, onScroll, reveal };
}
