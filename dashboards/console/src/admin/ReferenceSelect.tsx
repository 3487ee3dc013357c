/** Choosing a thing of another list by its name: what is typed is asked of the API. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import type { Target } from "./fields";
import { ask, type Filters, type PageOf, type Values } from "./noun";
import { useLater } from "./useLater";

const SHOWN = 30;

interface ReferenceSelectProps {
  readonly id: string;
  readonly to: Target;
  readonly value: unknown;
  readonly many?: boolean;
  /** How the present choice is called, where the thing itself says so. */
  readonly shown?: string | null;
  readonly clearable?: boolean;
  readonly disabled?: boolean;
  readonly label?: string;
  readonly placeholder?: string;
  /** `row`: the whole of what was chosen; undefined of many, and of nothing. */
  readonly onChange: (value: unknown, row: Values | undefined) => void;
}

function nameOf(target: Target, row: Values): string {
  return target.names.map((name) => row[name]).filter((part) => typeof part === "string" && part !== "").join(" · ");
}

function rowsQuery(to: Target, filters: Filters, enabled: boolean) {
  return {
    queryKey: ["admin", to.path, "choices", filters],
    enabled,
    staleTime: 30_000,
    queryFn: ({ signal }: { signal: AbortSignal }) => ask<PageOf<Values>>("GET", `/${to.path}`, { query: { limit: SHOWN, ...to.filters, ...filters }, signal }),
  };
}

export function ReferenceSelect({ id, to, value, many = false, shown, clearable = true, disabled = false, label, placeholder, onChange }: ReferenceSelectProps) {
  const [typed, setTyped] = useState("");
  const [opened, setOpened] = useState(false);
  const wanted = useLater(typed, 250);
  const key = to.key ?? "id";
  const { data, isFetching } = useQuery(rowsQuery(to, to.search === undefined ? {} : { [to.search]: wanted }, opened || (many && Array.isArray(value))));
  const chosen = many ? ((value as string[] | null) ?? []) : typeof value === "string" ? [value] : [];
  const rows = (data?.items ?? []).filter(to.only ?? (() => true));
  const found = rows.map((row) => ({ value: String(row[key]), label: nameOf(to, row) }));
  const missing = chosen.filter((one) => !found.some((option) => option.value === one));
  const { data: named } = useQuery({
    queryKey: ["admin", to.path, "names", missing],
    enabled: missing.length > 0 && key === "id" && shown == null,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const rows = await Promise.all(missing.slice(0, SHOWN).map((one) => ask<Values>("GET", `/${to.path}/${one}`, { signal }).catch(() => null)));
      return new Map(rows.flatMap((row) => (row === null ? [] : [[String(row[key]), nameOf(to, row)] as const])));
    },
  });
  const options = [...missing.map((one) => ({ value: one, label: shown ?? named?.get(one) ?? one })), ...found];
  return (
    <Select
      id={id}
      {...(many ? { mode: "multiple" as const } : {})}
      value={many ? chosen : (chosen[0] ?? null)}
      options={options}
      showSearch={{ filterOption: to.search === undefined, optionFilterProp: "label", onSearch: setTyped }}
      allowClear={clearable}
      disabled={disabled}
      loading={isFetching}
      aria-label={label}
      placeholder={placeholder}
      popupMatchSelectWidth={false}
      onOpenChange={setOpened}
      onChange={(next: unknown) => onChange(next ?? null, rows.find((row) => String(row[key]) === next))}
    />
  );
}
