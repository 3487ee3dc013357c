/** Whether the page moves: live, or since when it stands still. */
import { useTranslation } from "react-i18next";
import { clockOrDay } from "../format/time";
import type { LineState } from "../live/line";
import { usePreferences } from "./preferences";

export function Connection({ line }: { line: LineState }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const words =
    line.phase === "live"
      ? t("line.live")
      : line.phase === "stale"
        ? t("line.stale", { since: clockOrDay(line.since, Date.now(), language) })
        : line.phase === "connecting"
          ? t("line.connecting")
          : line.phase === "crowded"
            ? t("line.crowded")
            : t("line.refused");
  const help = line.phase === "stale" ? t("line.staleHelp") : line.phase === "crowded" ? t("line.crowdedHelp") : words;
  return (
    <span className={`connection connection-${line.phase}`} role="status" title={help} data-testid="connection" data-phase={line.phase}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {line.phase === "live" ? <circle cx="5" cy="5" r="4.5" fill="currentColor" /> : <path d="M0 0h3.6v10H0zM6.4 0H10v10H6.4z" fill="currentColor" />}
      </svg>
      <span className="connection-words">{words}</span>
    </span>
  );
}
