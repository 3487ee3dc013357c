/** Which span and whose seat the page is about. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useId, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { InstantInput } from "../admin/InstantInput";
import { serverNow } from "../api/client";
import { rostersQuery } from "./queries";
import { SPANS, spanName, type SpanName } from "./span";

const USUAL_MS = 8 * 3_600_000;

export function ShiftTools() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const name = spanName(search);
  const change = (changes: Readonly<Record<string, string | null>>): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [part, value] of Object.entries(changes)) {
          if (value === null) after.delete(part);
          else after.set(part, value);
        }
        return after;
      },
      { replace: true },
    );
  const chooseSpan = (next: SpanName): void => {
    const now = Math.floor(serverNow() / 60_000) * 60_000;
    change({ span: next, from: next === "own" ? String(now - USUAL_MS) : null, to: next === "own" ? String(now) : null });
  };
  return (
    <>
      <SeatSelect
        onChoose={(roster, seat) => change({ roster, seat, ...(roster === null ? {} : { span: "turn", from: null, to: null }) })}
        chosen={[search.get("roster"), search.get("seat")].filter(Boolean).join("/") || null}
      />
      <Select<SpanName>
        aria-label={t("shift.span.label")}
        className="shift-select"
        value={name}
        onChange={chooseSpan}
        options={SPANS.filter((one) => one !== "turn" || search.has("roster")).map((value) => ({ value, label: t(`shift.span.${value}`) }))}
      />
      {name === "own" && <OwnSpan from={search.get("from")} to={search.get("to")} onChange={change} />}
    </>
  );
}

function OwnSpan({ from, to, onChange }: { from: string | null; to: string | null; onChange: (changes: Readonly<Record<string, string | null>>) => void }) {
  const { t } = useTranslation();
  const id = useId();
  const written = (ms: string | null): string => (Number(ms) > 0 ? new Date(Number(ms)).toISOString() : "");
  const taken = (part: string) => (value: string | null) => onChange({ [part]: value === null ? null : String(Date.parse(value)) });
  return (
    <span className="shift-own">
      <InstantInput id={`${id}-from`} kind="instant" label={t("shift.span.from")} value={written(from)} onChange={taken("from")} />
      <InstantInput id={`${id}-to`} kind="instant" label={t("shift.span.to")} value={written(to)} onChange={taken("to")} />
    </span>
  );
}

function SeatSelect({ chosen, onChoose }: { chosen: string | null; onChoose: (roster: string | null, seat: string | null) => void }) {
  const { t } = useTranslation();
  const { data: rosters } = useQuery(rostersQuery);
  const options = useMemo(
    () =>
      (rosters ?? []).map((roster) => ({
        label: roster.name,
        options: [
          { value: roster.id, label: t("shift.allSeats", { roster: roster.name }) },
          ...roster.seats.filter((seat) => seat.id !== null).map((seat) => ({ value: `${roster.id}/${seat.id}`, label: `${roster.name} · ${seat.name}` })),
        ],
      })),
    [rosters, t],
  );
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      aria-label={t("shift.seat")}
      className="shift-seat"
      placeholder={t("shift.anySeat")}
      value={rosters === undefined ? null : chosen}
      options={options}
      onChange={(value: string | undefined) => {
        const [roster = null, seat = null] = value?.split("/") ?? [];
        onChoose(roster, seat);
      }}
    />
  );
}
