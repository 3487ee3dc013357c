/** Chooses the days that a part of the page is about; they stand in the address. */
import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { Button, Segmented } from "antd";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { serverNow } from "../api/client";
import { useNow } from "../app/useNow";
import { shownZone } from "../format/time";
import { DayInput } from "./DayInput";
import { daysOf, LENGTHS, movedDays, stretchOfDays, withDays, type Days, type Length } from "./span";
import { dayOf } from "./wallTime";

const AGAIN_MS = 60_000;

/** The days of the address and their stretch, which moves on once a minute while it is 'until now'. */
export function useDays(usual: Length = 1): { days: Days; stretch: { from: number; to: number }; set: (days: Days) => void } {
  const [search, setSearch] = useSearchParams();
  const minute = Math.floor(useNow() / AGAIN_MS) * AGAIN_MS;
  const days = useMemo(() => daysOf(search, usual), [search, usual]);
  const stretch = useMemo(() => stretchOfDays(days, minute, shownZone()), [days, minute]);
  const set = useCallback((next: Days) => setSearch((before) => withDays(before, next), { replace: true }), [setSearch]);
  return { days, stretch, set };
}

export function DaysPick({ days, set }: { days: Days; set: (days: Days) => void }) {
  const { t } = useTranslation();
  const today = dayOf(serverNow(), shownZone());
  const move = (way: -1 | 1) => set(movedDays(days, way, serverNow(), shownZone()));
  return (
    <span className="days-pick">
      <Segmented
        size="small"
        aria-label={t("machinePage.length")}
        value={days.days}
        onChange={(next) => set({ ...days, days: next })}
        options={LENGTHS.map((length) => ({ value: length, label: t(`machinePage.days.${length}`) }))}
      />
      <Button size="small" icon={<LeftOutlined />} aria-label={t("chart.earlier")} title={t("chart.earlier")} onClick={() => move(-1)} />
      <DayInput
        label={t("machinePage.until")}
        title={t("machinePage.until")}
        value={days.until ?? today}
        max={today}
        onDay={(day) => set({ ...days, until: day >= today ? null : day })}
      />
      <Button size="small" icon={<RightOutlined />} aria-label={t("chart.later")} title={t("chart.later")} disabled={days.until === null} onClick={() => move(1)} />
    </span>
  );
}
