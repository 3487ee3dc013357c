/** The span as a strip: what came is filled, what is missing is open and marked by its reason. */
import { useTranslation } from "react-i18next";
import { codesQuery } from "../api/queries";
import { useQuery } from "@tanstack/react-query";
import type { MissingMinutes } from "../api/types";
import { usePreferences } from "../app/preferences";
import { clockOrDay, day, hourAndMinute } from "../format/time";
import { duration } from "./duration";
import { ticksOf } from "./strip";

const MINUTE_MS = 60_000;

export function MissingStrip({ missing }: { missing: MissingMinutes }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: words } = useQuery(codesQuery("missing_reasons"));
  const from = Date.parse(missing.from_at);
  const length = Date.parse(missing.to_at) - from;
  const share = (at: number): string => `${(((at - from) / length) * 100).toFixed(3)}%`;
  const word = (reason: string): string => {
    const found = words?.get(reason);
    return found === undefined ? reason : language === "zh-CN" ? found.zh : found.en;
  };
  const reasons = Object.entries(missing.by_reason).filter(([, minutes]) => minutes > 0).toSorted((a, b) => b[1] - a[1]);
  const label = [t("machinePage.present", { time: duration(missing.present_minutes * MINUTE_MS, language) }), ...reasons.map(([reason, minutes]) => t("machinePage.gapOf", { reason: word(reason), time: duration(minutes * MINUTE_MS, language) }))].join(t("machinePage.semicolon"));
  return (
    <div className="strip-frame">
      <div className="strip" role="img" aria-label={label} data-testid="missing-strip">
        {missing.items.map((one) => {
          const begin = Date.parse(one.from_at);
          const end = Date.parse(one.to_at);
          return (
            <i
              key={`${one.from_at} ${one.reason}`}
              className={`gap gap-${one.reason}`}
              style={{ left: share(begin), width: `max(1px, calc(${share(from + end - begin)}))` }}
              title={`${word(one.reason)}\n${clockOrDay(begin, Date.now(), language)} – ${clockOrDay(end, Date.now(), language)} (${duration(end - begin, language)})`}
            />
          );
        })}
      </div>
      <div className="strip-ticks" aria-hidden="true">
        {ticksOf(from, from + length).map((at) => (
          <span key={at} style={{ left: share(at) }}>
            {length > 2 * 86_400_000 ? day(at, language) : hourAndMinute(at, language)}
          </span>
        ))}
      </div>
      <ul className="strip-legend">
        <li>
          <i className="gap-sign gap-present" aria-hidden="true" /> {t("machinePage.present", { time: duration(missing.present_minutes * MINUTE_MS, language) })}
        </li>
        {reasons.map(([reason, minutes]) => (
          <li key={reason} data-missing={reason} data-minutes={minutes}>
            <i className={`gap-sign gap-${reason}`} aria-hidden="true" /> {t("machinePage.gapOf", { reason: word(reason), time: duration(minutes * MINUTE_MS, language) })}
          </li>
        ))}
      </ul>
    </div>
  );
}
