/** A machine's open alarms as marks on its chart. */
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { alarmName } from "../alarms/alarmName";
import { limitsQuery } from "../api/queries";
import type { Alarm } from "../api/types";
import { usePreferences } from "../app/preferences";
import { clockOrDay } from "../format/time";
import { limitWords } from "../format/value";
import type { LimitLine, Marker } from "./marks";

/** Each alarm's beginning, and the limits of its rule; a limit that two alarms share is drawn once. */
export function useMarks(alarms: readonly Alarm[]): { markers: readonly Marker[]; limits: readonly LimitLine[] } {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const answers = useQueries({ queries: alarms.map(limitsQuery) }).map((answer) => answer.data);
  return useMemo(() => {
    const limits = new Map<string, LimitLine>();
    alarms.forEach((alarm, i) => {
      for (const { key, comparison, value, unit } of answers[i] ?? []) {
        const label = t("chart.limit", { comparison: SIGNS[comparison], value: limitWords(value, unit, language) });
        limits.set(`${key} ${comparison} ${value}`, { key, value, severity: alarm.severity, label });
      }
    });
    const markers = alarms.map((alarm) => {
      const at = Date.parse(alarm.raised_at);
      return { at, severity: alarm.severity, label: `${alarmName(alarm, language)} ${clockOrDay(at, Date.now(), language)}` };
    });
    return { markers: markers.toSorted((a, b) => a.at - b.at), limits: [...limits.values()] };
    // eslint-disable-next-line -- answers by their content
  }, [alarms.map((alarm) => `${alarm.id} ${alarm.severity} ${alarm.raised_at}`).join(), JSON.stringify(answers), language, t]);
}

const SIGNS = { "<": "<", "<=": "≤", ">": ">", ">=": "≥" } as const;
