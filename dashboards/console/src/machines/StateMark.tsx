import { useTranslation } from "react-i18next";
import type { ShownState } from "./words";
import "./state.css";

/** A machine's state by word and by how full its sign is. */
export function StateMark({ state }: { state: ShownState }) {
  const { t } = useTranslation();
  return (
    <span className={`state state-${state}`}>
      <svg width="9" height="9" viewBox="0 0 10 10" aria-hidden="true">
        <circle cx="5" cy="5" r="4" fill={state === "working" || state === "travelling" ? "currentColor" : "none"} stroke="currentColor" strokeWidth="1.6" />
        {state === "idle" && <path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor" />}
        {state === "offline" && <path d="M2 2l6 6" stroke="currentColor" strokeWidth="1.6" />}
      </svg>
      {t(`state.${state}`)}
    </span>
  );
}
