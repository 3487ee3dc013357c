import { useEffect, useState } from "react";

const LONGEST_MS = 2_000;

/** False until the browser has had a quiet moment since the page opened: what is heavy and not urgent waits for it. */
export function useQuiet(): boolean {
  const [quiet, setQuiet] = useState(false);
  useEffect(() => {
    if (typeof requestIdleCallback === "undefined") {
      const timer = setTimeout(() => setQuiet(true), 300);
      return () => clearTimeout(timer);
    }
    const asked = requestIdleCallback(() => setQuiet(true), { timeout: LONGEST_MS });
    return () => cancelIdleCallback(asked);
  }, []);
  return quiet;
}
