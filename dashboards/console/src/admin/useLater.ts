import { useEffect, useState } from "react";

/** A value as it was when it had rested for so long: what is typed is not asked for letter by letter. */
export function useLater<T>(value: T, restMs: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs);
    return () => clearTimeout(timer);
  }, [value, restMs]);
  return rested;
}
