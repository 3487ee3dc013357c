/** A span of the past: some usual ones, or one's own. */
import { Input, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "../api/client";
import type { Span } from "./queries";

const DAYS = [1, 7, 30, 90] as const;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface SpanState {
  readonly days: number | null;
  readonly value: Span;
  readonly choose: (days: number) => void;
  readonly set: (span: Span) => void;
}

/** The last day until something else is chosen. */
export function useSpan(first: (typeof DAYS)[number] = 1): SpanState {
  const [days, setDays] = useState<number | null>(first);
  const [own, setOwn] = useState<Span>(() => lastDays(first));
  return {
    days,
    value: days === null ? own : lastDays(days),
    choose: (next) => {
      setDays(next);
      setOwn(lastDays(next));
    },
    set: (span) => {
      setDays(null);
      setOwn(span);
    },
  };
}

function lastDays(days: number): Span {
  const to = Math.floor(serverNow() / MINUTE_MS) * MINUTE_MS;
  return { from: to - days * DAY_MS, to };
}

/** As an input of type datetime-local has it, in this device's zone. */
function local(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE_MS);
  return at.toISOString().slice(0, 16);
}

export function SpanChoice({ span }: { span: SpanState }) {
  const { t } = useTranslation();
  const { from, to } = span.value;
  const read = (text: string, fallback: number): number => {
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? fallback : ms;
  };
  return (
    <fieldset className="rules-span">
      <legend>{t("rules.span")}</legend>
      <Segmented<number> aria-label={t("rules.span")} value={span.days ?? 0} onChange={span.choose} options={DAYS.map((days) => ({ value: days, label: t("rules.days", { count: days }) }))} />
      <label className="rules-field">
        <span>{t("rules.from")}</span>
        <Input type="datetime-local" value={local(from)} onChange={(event) => span.set({ from: read(event.target.value, from), to })} data-testid="span-from" />
      </label>
      <label className="rules-field">
        <span>{t("rules.to")}</span>
        <Input type="datetime-local" value={local(to)} onChange={(event) => span.set({ from, to: read(event.target.value, to) })} data-testid="span-to" />
      </label>
    </fieldset>
  );
}
