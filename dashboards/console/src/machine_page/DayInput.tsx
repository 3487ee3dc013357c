/** A day that is picked, or typed digit by digit: what stands there on the way is a day as well, which nobody has meant. */
import { useEffect, useRef, useState } from "react";

const TYPED_WITHIN_MS = 300;
const SETTLED_MS = 900;
const isMeant = (day: string): boolean => day >= "1990";

interface Given {
  readonly value: string;
  readonly max?: string | undefined;
  readonly label: string;
  readonly title?: string;
  readonly onDay: (day: string) => void;
}

export function DayInput({ value, max, label, title, onDay }: Given) {
  const [typed, setTyped] = useState<string | null>(null);
  const key = useRef(0);
  const settling = useRef(0);
  useEffect(() => () => clearTimeout(settling.current), []);
  const take = (day: string): void => {
    clearTimeout(settling.current);
    if (!isMeant(day)) return;
    setTyped(null);
    const within = max !== undefined && day > max ? max : day;
    if (within !== value) onDay(within);
  };
  return (
    <input
      type="date"
      className="plain-input"
      aria-label={label}
      title={title}
      value={typed ?? value}
      max={max}
      onKeyDown={(event) => {
        key.current = event.timeStamp;
        if (event.key === "Enter") take(event.currentTarget.value);
      }}
      onChange={({ target, timeStamp }) => {
        const day = target.value;
        setTyped(day);
        clearTimeout(settling.current);
        if (timeStamp - key.current > TYPED_WITHIN_MS) take(day);
        else settling.current = window.setTimeout(() => take(day), SETTLED_MS);
      }}
      onBlur={() => {
        if (typed !== null) take(typed);
        setTyped(null);
      }}
    />
  );
}
