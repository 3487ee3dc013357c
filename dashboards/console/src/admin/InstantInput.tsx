/** Dates, times of day, and instants on the viewer's clocks, by the browser's own inputs. */
import { Input } from "antd";
import { useTranslation } from "react-i18next";
import { instantOfWall, wallOf } from "./wall";

interface InstantInputProps {
  readonly id: string;
  readonly kind: "instant" | "date" | "time";
  readonly value: string;
  readonly disabled?: boolean;
  readonly label?: string;
  readonly onChange: (value: string | null) => void;
}

const TYPES = { instant: "datetime-local", date: "date", time: "time" } as const;

export function InstantInput({ id, kind, value, disabled = false, label, onChange }: InstantInputProps) {
  const { t } = useTranslation();
  const shown = kind === "instant" ? wallOf(value) : kind === "time" ? value.slice(0, 5) : value;
  return (
    <Input
      id={id}
      type={TYPES[kind]}
      value={shown}
      disabled={disabled}
      aria-label={label}
      title={kind === "instant" ? t("admin.yourClock") : undefined}
      onChange={(event) => onChange(event.target.value === "" ? null : kind === "instant" ? instantOfWall(event.target.value) : event.target.value)}
    />
  );
}
