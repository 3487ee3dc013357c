/** Alarms a seat and 10 minutes, of both sets and as they were raised, beside the limits of ISA-18.2. */
import { useTranslation } from "react-i18next";
import { usePreferences } from "../app/preferences";
import type { ReplaySummary } from "./replaySummary";
import { count, share } from "./words";

const COLUMNS = ["found", "live", "raised"] as const;
const MANAGEABLE = 2;
const FLOOD_SHARE = 0.01;

export function ReplayLoad({ summary }: { summary: ReplaySummary }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { load } = summary;
  if (load === null) return null;
  const figure = (value: number): string => value.toLocaleString(language, { maximumFractionDigits: 2 });
  const cell = (text: string, bad: boolean) => <b className={bad ? "rules-bad" : undefined}>{text}</b>;
  return (
    <div className="rules-scroll" role="group" aria-label={t("rules.load")} tabIndex={0}>
      <table className="rules-table" data-testid="replay-seat-load">
        <thead>
          <tr>
            <td />
            {COLUMNS.map((name) => (
              <th key={name} scope="col" className="figure">
                {t(`rules.figure.${name}`)}
              </th>
            ))}
            <th scope="col" className="figure">{t("rules.limit")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t("rules.loadAlarms")}</th>
            {COLUMNS.map((name) => <td key={name} className="figure">{count(load[name].alarms, language)}</td>)}
            <td />
          </tr>
          <tr>
            <th scope="row">{t("rules.loadMean")}</th>
            {COLUMNS.map((name) => <td key={name} className="figure">{cell(figure(load[name].mean), load[name].mean > MANAGEABLE)}</td>)}
            <td className="figure quiet">≤ {MANAGEABLE}</td>
          </tr>
          <tr>
            <th scope="row">{t("rules.loadPeak")}</th>
            {COLUMNS.map((name) => <td key={name} className="figure">{figure(load[name].peak)}</td>)}
            <td />
          </tr>
          <tr>
            <th scope="row">{t("rules.loadFlood")}</th>
            {COLUMNS.map((name) => <td key={name} className="figure">{cell(share(load[name].flood_share, language, 2), load[name].flood_share > FLOOD_SHARE)}</td>)}
            <td className="figure quiet">&lt; {share(FLOOD_SHARE, language)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
