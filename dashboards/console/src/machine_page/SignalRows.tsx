/** Every signal of a machine: its last value, when that was measured, and how it went in the readings that came. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { signalName } from "../alarms/alarmName";
import { signalsQuery } from "../api/queries";
import type { MachineState } from "../api/types";
import { usePreferences } from "../app/preferences";
import { number, unitWord } from "../format/value";
import { When } from "../machines/When";
import { sparkPath, traceOf, type Watch } from "./watch";

const SPARK = { width: 120, height: 20 };
const PLACE = new Set(["latitude_deg", "longitude_deg", "altitude_m"]);

interface SignalRowsProps {
  readonly state: MachineState;
  readonly watch: Watch;
  readonly picked: readonly string[];
  readonly onPick: (key: string) => void;
}

interface Last {
  readonly value: number;
  readonly unit: string;
  readonly at: string;
}

/** The newest of what the state told and of the readings since. */
function lastOf(key: string, state: MachineState, watch: Watch): Last {
  const told = state.signals[key];
  const reading = watch.readings.findLast((one) => one.values[key] !== undefined);
  if (reading !== undefined && (told === undefined || reading.at >= Date.parse(told.measured_at)))
    return { value: reading.values[key]!, unit: watch.units[key] ?? told?.unit ?? "", at: reading.id };
  return { value: told?.value ?? Number.NaN, unit: told?.unit ?? "", at: told?.measured_at ?? "" };
}

export function SignalRows({ state, watch, picked, onPick }: SignalRowsProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  const known = [...(catalogue?.keys() ?? [])];
  const keys = [...new Set([...Object.keys(state.signals), ...Object.keys(watch.units)])].filter((key) => !PLACE.has(key)).sort((a, b) => known.indexOf(a) - known.indexOf(b));
  if (keys.length === 0) return <p className="plain-empty">{t("machinePage.noSignals")}</p>;
  const from = watch.readings[0]?.at ?? 0;
  const to = watch.readings.at(-1)?.at ?? 0;
  return (
    <table className="plain signal-rows" aria-label={t("machinePage.signals")}>
      <thead>
        <tr>
          <th scope="col">{t("machinePage.signal")}</th>
          <th scope="col" className="figure">{t("machinePage.value")}</th>
          <th scope="col" className="figure">{t("machinePage.measured")}</th>
          <th scope="col">{t("machinePage.lately")}</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => {
          const last = lastOf(key, state, watch);
          const trace = traceOf(watch.readings, key);
          const path = sparkPath(trace, from, to, SPARK.width, SPARK.height);
          const name = signalName(catalogue, key, language);
          const isPicked = picked.includes(key);
          return (
            <tr key={key} data-signal={key}>
              <td>
                <button type="button" className={isPicked ? "signal-pick signal-picked" : "signal-pick"} aria-pressed={isPicked} title={t("machinePage.pickHelp")} onClick={() => onPick(key)}>
                  {name}
                </button>
              </td>
              <td className="figure">
                <b>{number(last.value, last.unit, language)}</b> <small className="signal-unit">{unitWord(last.unit)}</small>
              </td>
              <td className="figure quiet">{last.at === "" ? "–" : <When at={last.at} asAge />}</td>
              <td className="signal-spark">
                {path === null ? (
                  <span className="quiet">–</span>
                ) : (
                  <svg viewBox={`-1 -2 ${SPARK.width + 2} ${SPARK.height + 4}`} width={SPARK.width} height={SPARK.height} role="img" aria-label={t("machinePage.between", { low: number(Math.min(...trace.values), last.unit, language), high: number(Math.max(...trace.values), last.unit, language), count: trace.values.length })}>
                    <path d={path} fill="none" stroke="currentColor" strokeWidth="1.2" vectorEffect="non-scaling-stroke" />
                  </svg>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
