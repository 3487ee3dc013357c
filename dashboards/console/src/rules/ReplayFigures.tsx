/** What a replay came to, in one row of figures. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { RuleReplay } from "../api/types";
import { usePreferences } from "../app/preferences";
import { summaryOf } from "./replaySummary";
import { count } from "./words";

/** With a link to it where it stands elsewhere. */
export function ReplayFigures({ replay, linked = false }: { replay: RuleReplay; linked?: boolean }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const summary = summaryOf(replay);
  if (summary === null) return null;
  const { totals, confirmed, nuisances } = summary;
  const figures = [
    ["live", t("rules.figure.live")],
    ["found", t("rules.figure.found")],
    ["new", t("rules.change.new")],
    ["gone", t("rules.change.gone")],
    ["moved", t("rules.change.moved")],
    ["regraded", t("rules.change.regraded")],
  ] as const;
  return (
    <div className="rules-figures" data-testid="replay-figures">
      {figures.map(([name, word]) => (
        <span key={name} data-figure={name}>
          <b>{count(totals[name], language)}</b> {word}
        </span>
      ))}
      {confirmed !== null && (
        <span data-figure="lost" className={confirmed.lost ? "rules-bad" : undefined}>
          <b>{confirmed.lost ?? 0}</b> {t("rules.figure.lost", { of: confirmed.of })}
        </span>
      )}
      {nuisances !== null && (
        <span data-figure="saved">
          <b>{nuisances.saved ?? 0}</b> {t("rules.figure.saved", { of: nuisances.of })}
        </span>
      )}
      {linked && <Link to={`/rules/replays/${replay.id}`}>{t("rules.replayNumber", { replay: replay.id })}</Link>}
    </div>
  );
}
