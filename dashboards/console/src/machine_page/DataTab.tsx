/** What is missing of the machine's data and why, which messages are kept, and which sensors are not believed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { signalName } from "../alarms/alarmName";
import { CodeWord } from "../alarms/CodeWord";
import { signalsQuery } from "../api/queries";
import type { MissingMinutes } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { Answer } from "./Answer";
import { DaysPick, useDays } from "./DaysPick";
import { duration } from "./duration";
import { joinedGaps, type GapRow } from "./gaps";
import { LedgerPanel } from "./LedgerPanel";
import type { TabProps } from "./MachinePage";
import { MissingStrip } from "./MissingStrip";
import { PlainTable } from "./PlainTable";
import { missingQuery, trustQuery } from "./queries";

const MINUTE_MS = 60_000;
const MOST_ROWS = 200;

export function DataTab({ machine }: TabProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { days, stretch, set } = useDays(1);
  const missing = useQuery({ ...missingQuery(machine.id, stretch), placeholderData: keepPreviousData });
  return (
    <>
      <Panel
        id="missing"
        title={t("machinePage.missing")}
        aside={missing.data && <span data-testid="missing-sum">{t("machinePage.missingSum", { missing: duration(missing.data.missing_minutes * MINUTE_MS, language), all: duration(missing.data.minutes * MINUTE_MS, language), share: shareOf(missing.data, language) })}</span>}
        tools={<DaysPick days={days} set={set} />}
      >
        <Answer query={missing} rows={6}>
          {(data) => (
            <>
              <MissingStrip missing={data} />
              {data.pending && <p className="plain-empty">{t("machinePage.missingPending")}</p>}
              <Gaps missing={data} />
            </>
          )}
        </Answer>
      </Panel>
      <TrustPanel machine={machine} />
      <LedgerPanel machine={machine.id} />
    </>
  );
}

function shareOf(missing: MissingMinutes, language: string): string {
  const share = missing.minutes === 0 ? 0 : missing.present_minutes / missing.minutes;
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(share);
}

interface ShownGap {
  readonly gap: GapRow;
  /** One of those that the row above it joins. */
  readonly isPart: boolean;
}

/** The newest first; gaps that belong together are one row, which opens. */
function Gaps({ missing }: { missing: MissingMinutes }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const joined = useMemo(() => joinedGaps(missing.items).toReversed(), [missing.items]);
  const toggle = (key: string): void => setOpened((before) => (before.has(key) ? new Set([...before].filter((one) => one !== key)) : new Set([...before, key])));
  const rows = joined.slice(0, MOST_ROWS).flatMap((gap): ShownGap[] => [
    { gap, isPart: false },
    ...(opened.has(keyOf(gap)) ? gap.parts.toReversed().map((part) => ({ gap: { ...part, parts: [part] }, isPart: true })) : []),
  ]);
  return (
    <>
      <PlainTable<ShownGap>
        tall
        label={t("machinePage.missing")}
        rows={rows}
        keyOf={({ gap, isPart }) => `${keyOf(gap)} ${isPart}`}
        rowProps={({ gap, isPart }) => ({ "data-reason": gap.reason, "data-parts": gap.parts.length, className: isPart ? "gap-part" : undefined })}
        empty={t("machinePage.nothingMissing")}
        heads={[
          { title: t("machinePage.from"), cell: ({ gap }) => <When at={gap.from_at} /> },
          { title: t("machinePage.to"), cell: ({ gap }) => <When at={gap.to_at} /> },
          { title: t("machinePage.lasted"), figures: true, cell: ({ gap }) => duration(gap.minutes * MINUTE_MS, language) },
          {
            title: t("machinePage.why"),
            cell: ({ gap }) => (
              <>
                <Why stretch={gap} />
                {gap.parts.length > 1 && (
                  <button type="button" className="gap-open" aria-expanded={opened.has(keyOf(gap))} onClick={() => toggle(keyOf(gap))}>
                    {t("machinePage.gapParts", { parts: gap.parts.length })}
                  </button>
                )}
              </>
            ),
          },
        ]}
      />
      {joined.length > MOST_ROWS && <p className="plain-empty">{t("machinePage.moreGaps", { count: joined.length - MOST_ROWS })}</p>}
    </>
  );
}

function keyOf(gap: Pick<GapRow, "from_at" | "reason">): string {
  return `${gap.from_at} ${gap.reason}`;
}

function Why({ stretch }: { stretch: Pick<GapRow, "reason" | "detail"> }) {
  return (
    <>
      <i className={`gap-sign gap-${stretch.reason}`} aria-hidden="true" /> <CodeWord list="missing_reasons" code={stretch.reason} />
      {stretch.detail.map((reason) => (
        <span key={reason} className="quiet"> · <CodeWord list="quarantine_reasons" code={reason} /></span>
      ))}
    </>
  );
}

function TrustPanel({ machine }: TabProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const trust = useQuery(trustQuery(machine.id));
  const { data: catalogue } = useQuery(signalsQuery);
  return (
    <Panel id="trust" title={t("machinePage.trust")} aside={t("machinePage.trustAside")}>
      <Answer query={trust} rows={2}>
        {(data) => (
          <PlainTable
            label={t("machinePage.trust")}
            rows={data.items}
            keyOf={(one) => `${one.signal} ${one.from_at}`}
            rowProps={(one) => ({ "data-trust": one.signal })}
            empty={t("machinePage.trustAll")}
            heads={[
              { title: t("machinePage.signal"), cell: (one) => signalName(catalogue, one.signal, language) },
              { title: t("machinePage.why"), cell: (one) => <span title={language === "zh-CN" ? one.text.zh : one.text.en}>{one.reasons.map((reason, i) => <span key={reason}>{i > 0 && ", "}<CodeWord list="distrust_reasons" code={reason} /></span>)}</span> },
              { title: t("machinePage.trustScore"), figures: true, cell: (one) => one.score.toLocaleString(language, { maximumFractionDigits: 2 }) },
              { title: t("machinePage.from"), cell: (one) => <When at={one.from_at} /> },
              { title: t("machinePage.to"), cell: (one) => (one.to_at === null ? t("machinePage.stillSo") : <When at={one.to_at} />) },
              { title: t("machinePage.silentRules"), cell: (one) => one.silent_rules.join(", ") || "–" },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
