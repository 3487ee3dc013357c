import { useEffect, useState } from "react";

/** A value that follows another one as soon as it has stood still for `ms`; `hurry` makes it follow at once. */
export function useHeldBack<T>(value: T, ms: number): [T, () => void] {
  const [held, setHeld] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setHeld(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return [held, () => setHeld(value)];
}
