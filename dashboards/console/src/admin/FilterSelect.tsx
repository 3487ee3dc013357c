/** One condition of a list, chosen from a code list, from another list, or yes and no. */
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { ReferenceSelect } from "./ReferenceSelect";
import type { ListFilter } from "./section";
import { useChoices } from "./Words";

interface FilterSelectProps {
  readonly filter: ListFilter;
  readonly value: unknown;
  readonly onChange: (value: string | undefined) => void;
}

export function FilterSelect({ filter, value, onChange }: FilterSelectProps) {
  const { t } = useTranslation();
  const choices = useChoices(filter.list, filter.codes);
  const label = t(`admin.field.${filter.name}`);
  const id = `filter-${filter.name}`;
  return (
    <span className="admin-filter">
      <label htmlFor={id}>{label}</label>
      {filter.to !== undefined ? (
        <ReferenceSelect id={id} to={filter.to} value={value} label={label} placeholder={t("admin.all")} onChange={(next) => onChange(next === null ? undefined : String(next))} />
      ) : (
        <Select
          id={id}
          aria-label={label}
          value={value === undefined ? null : String(value)}
          allowClear
          placeholder={t("admin.all")}
          popupMatchSelectWidth={false}
          options={filter.yesNo === true ? [{ value: "true", label: t("admin.yes") }, { value: "false", label: t("admin.no") }] : [...choices]}
          onChange={(next: string | null | undefined) => onChange(next ?? undefined)}
        />
      )}
    </span>
  );
}
