/** The readings of a machine as they came: when each was measured, how much later it was received, and some values. */
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { signalName } from "../alarms/alarmName";
import { signalsQuery } from "../api/queries";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { useHold } from "../app/useHold";
import { clock, instant } from "../format/time";
import { number, unitWord } from "../format/value";
import { When } from "../machines/When";
import type { Watch, WatchedReading } from "./watch";

const SHOWN = 60;

interface ReadingsListProps {
  readonly watch: Watch;
  readonly picked: readonly string[];
  readonly isWatched: boolean;
}

export function ReadingsList({ watch, picked, isWatched }: ReadingsListProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  const hold = useHold();
  const held = useRef<readonly WatchedReading[]>([]);
  const newest = watch.readings.slice(-SHOWN).reverse();
  if (!hold.holding || held.current.length === 0) held.current = newest;
  const rows = held.current;
  const waiting = watch.readings.length > 0 && rows.length > 0 ? watch.readings.filter((one) => one.at > rows[0]!.at).length : 0;
  return (
    <Panel
      id="readings"
      title={t("machinePage.readings")}
      aside={isWatched ? t("machinePage.watching") : t("machinePage.notWatching")}
      tools={
        waiting > 0 ? (
          <button type="button" className="chip chip-on" onClick={hold.release}>
            {t("machinePage.waiting", { count: waiting })}
          </button>
        ) : undefined
      }
    >
      {rows.length === 0 ? (
        <p className="plain-empty">{t("machinePage.noReadings")}</p>
      ) : (
        <div className="readings-frame" tabIndex={0} role="group" aria-label={t("machinePage.readings")} {...hold.handlers}>
          <table className="plain" aria-label={t("machinePage.readings")}>
            <thead>
              <tr>
                <th scope="col">{t("machinePage.measured")}</th>
                <th scope="col" className="figure" title={t("machinePage.lagHelp")}>{t("machinePage.lag")}</th>
                <th scope="col" className="figure">{t("machinePage.count")}</th>
                {picked.map((key) => (
                  <th scope="col" className="figure" key={key}>
                    <span className="readings-name" title={signalName(catalogue, key, language)}>{signalName(catalogue, key, language)}</span>
                    <small>{unitWord(watch.units[key] ?? catalogue?.get(key)?.unit ?? "")}</small>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((reading) => (
                <tr key={reading.id} data-reading={reading.id}>
                  <td>
                    <When at={reading.at}>
                      {clock(reading.at, language)}
                      <small className="quiet">.{String(reading.at % 1000).padStart(3, "0")}</small>
                    </When>
                  </td>
                  <td className="figure" title={`${t("machinePage.received")} ${instant(reading.receivedAt, language)}`}>
                    {((reading.receivedAt - reading.at) / 1000).toFixed(2)}
                  </td>
                  <td className="figure">{Object.keys(reading.values).length}</td>
                  {picked.map((key) => (
                    <td className="figure" key={key}>{number(reading.values[key], watch.units[key] ?? "", language)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {watch.hasGap && <p className="plain-empty">{t("machinePage.leftOut")}</p>}
        </div>
      )}
    </Panel>
  );
}
