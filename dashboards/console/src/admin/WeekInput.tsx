/** A working calendar: hours by weekday, and dates with hours of their own, none on a holiday. */
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePreferences } from "../app/preferences";
import { hoursOf, type Span, spansOf, WEEKDAYS, weekdayName } from "./week";

interface Exception {
  readonly date: string;
  readonly hours?: readonly Span[];
  readonly note?: string | null;
}
interface Calendar {
  readonly weekdays?: Readonly<Record<string, readonly Span[]>>;
  readonly exceptions?: readonly Exception[];
}
interface WeekInputProps {
  readonly id: string;
  readonly value: unknown;
  readonly disabled: boolean;
  readonly onChange: (value: Calendar | null) => void;
}

export function WeekInput({ id, value, disabled, onChange }: WeekInputProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const calendar = (value as Calendar | null) ?? {};
  const exceptions = calendar.exceptions ?? [];
  const put = (change: Calendar): void => {
    const next = { weekdays: calendar.weekdays ?? {}, exceptions, ...change };
    onChange(Object.keys(next.weekdays).length === 0 && next.exceptions.length === 0 ? null : next);
  };
  return (
    <div className="week">
      <p className="field-help">{t("admin.help.hours")}</p>
      <div className="week-days">
        {WEEKDAYS.map((day) => (
          <HoursInput
            key={day}
            id={`${id}-${day}`}
            label={weekdayName(day, language)}
            hours={calendar.weekdays?.[day] ?? []}
            disabled={disabled}
            onChange={(hours) => put({ weekdays: Object.fromEntries(Object.entries({ ...calendar.weekdays, [day]: hours }).filter(([, spans]) => spans.length > 0)) })}
          />
        ))}
      </div>
      {exceptions.map((one, at) => (
        <div key={at} className="week-exception">
          <Input type="date" aria-label={t("admin.field.date")} value={one.date} disabled={disabled} onChange={(event) => put({ exceptions: exceptions.map((other, place) => (place === at ? { ...other, date: event.target.value } : other)) })} />
          <HoursInput id={`${id}-exception-${at}`} label={t("admin.closed")} hours={one.hours ?? []} disabled={disabled} onChange={(hours) => put({ exceptions: exceptions.map((other, place) => (place === at ? { ...other, hours } : other)) })} />
          <Input aria-label={t("admin.field.note")} placeholder={t("admin.field.note")} value={one.note ?? ""} disabled={disabled} onChange={(event) => put({ exceptions: exceptions.map((other, place) => (place === at ? { ...other, note: event.target.value === "" ? null : event.target.value } : other)) })} />
          {!disabled && <Button type="text" icon={<DeleteOutlined />} aria-label={t("admin.rowOut", { number: at + 1 })} onClick={() => put({ exceptions: exceptions.filter((_, place) => place !== at) })} />}
        </div>
      ))}
      {!disabled && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => put({ exceptions: [...exceptions, { date: new Date().toISOString().slice(0, 10), hours: [] }] })}>
          {t("admin.addDate")}
        </Button>
      )}
    </div>
  );
}

function HoursInput({ id, label, hours, disabled, onChange }: { id: string; label: string; hours: readonly Span[]; disabled: boolean; onChange: (hours: readonly Span[]) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(() => hoursOf(hours));
  const wrong = spansOf(typed) === null;
  return (
    <span className="week-day">
      <label htmlFor={id}>{label}</label>
      <Input
        id={id}
        value={typed}
        placeholder="–"
        disabled={disabled}
        {...(wrong ? { status: "error" as const } : {})}
        title={wrong ? t("admin.help.hours") : undefined}
        onChange={(event) => {
          setTyped(event.target.value);
          const spans = spansOf(event.target.value);
          if (spans !== null) onChange(spans);
        }}
      />
    </span>
  );
}
