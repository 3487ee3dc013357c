/** One field of a form: its label, its input by its kind, what it is for, and what is wrong with it. */
import { Checkbox, Input, InputNumber, Select, Switch } from "antd";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "./fields";
import { InstantInput } from "./InstantInput";
import type { Values } from "./noun";
import { PairsInput } from "./PairsInput";
import { ReferenceSelect } from "./ReferenceSelect";
import { RowsInput } from "./RowsInput";
import { WeekInput } from "./WeekInput";
import { useChoices } from "./Words";

const GeometryInput = lazy(async () => ({ default: (await import("./geofences/GeometryInput")).GeometryInput }));
const PlaceInput = lazy(async () => ({ default: (await import("./geofences/PlaceInput")).PlaceInput }));

export interface FieldProps {
  readonly id: string;
  readonly field: Field;
  readonly values: Values;
  readonly wrong: ReadonlyMap<string, string>;
  readonly disabled: boolean;
  readonly onChange: (change: Values) => void;
}

export function FieldInput(props: FieldProps) {
  const { id, field, wrong } = props;
  const { t } = useTranslation();
  const label = t(`admin.field.${field.word ?? field.name}`);
  const error = wrong.get(field.name);
  const grouped = field.kind === "rows" || field.kind === "week" || field.kind === "geometry" || field.kind === "place" || field.kind === "pairs" || field.kind === "figures";
  const wide = grouped || field.kind === "long" || field.kind === "code" || field.wide === true;
  const inner = (
    <>
      <Suspense fallback={<span className="quiet">{t("page.loading")}</span>}>
        <Kind {...props} label={label} />
      </Suspense>
      {field.help !== undefined && <p className="field-help">{t(`admin.help.${field.help}`)}</p>}
      {error !== undefined && (
        <p className="field-error" role="alert" data-field-error={field.name}>
          {error}
        </p>
      )}
    </>
  );
  const name = wide ? "field field-wide" : "field";
  if (grouped)
    return (
      <fieldset className={name} data-field={field.name}>
        <legend>{label}</legend>
        {inner}
      </fieldset>
    );
  return (
    <div className={name} data-field={field.name}>
      <label htmlFor={id}>
        {label}
        {field.required === true && (
          <span className="required" title={t("admin.required")}>
            *
          </span>
        )}
      </label>
      {inner}
    </div>
  );
}

const ZONES = Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value }));

function Kind({ id, field, values, disabled, onChange, label, wrong }: FieldProps & { label: string }): ReactNode {
  const value = values[field.name];
  const set = (next: unknown): void => onChange({ [field.name]: next });
  const broken = wrong.has(field.name) ? ({ status: "error" } as const) : {};
  const text = typeof value === "string" ? value : "";
  switch (field.kind) {
    case "text":
      return <Input id={id} value={text} disabled={disabled} {...broken} onChange={(event) => set(event.target.value === "" ? null : event.target.value)} />;
    case "long":
    case "code":
      return (
        <Input.TextArea
          id={id}
          className={field.kind === "code" ? "code-input" : ""}
          value={text}
          disabled={disabled}
          autoSize={{ minRows: 2, maxRows: 24 }}
          {...broken}
          onChange={(event) => set(event.target.value === "" ? null : event.target.value)}
        />
      );
    case "number":
      return (
        <InputNumber
          id={id}
          value={typeof value === "number" ? value : null}
          disabled={disabled}
          {...broken}
          {...(field.whole === true ? { precision: 0 } : {})}
          {...(field.min === undefined ? {} : { min: field.min })}
          {...(field.max === undefined ? {} : { max: field.max })}
          {...(field.unit === undefined ? {} : { suffix: field.unit })}
          onChange={set}
        />
      );
    case "switch":
      return <Switch id={id} checked={value === true} disabled={disabled} onChange={set} aria-label={label} />;
    case "zone":
      return (
        <Select id={id} value={text === "" ? null : text} options={ZONES} showSearch disabled={disabled} {...broken} onChange={set} aria-label={label} />
      );
    case "instant":
    case "date":
    case "time":
      return <InstantInput id={id} kind={field.kind} value={text} disabled={disabled} onChange={set} />;
    case "tags":
      return <Select id={id} mode="tags" value={(value as string[] | null) ?? []} open={false} suffixIcon={null} disabled={disabled} {...broken} onChange={set} aria-label={label} />;
    case "choice":
    case "choices":
      return <ChoiceInput id={id} field={field} values={values} disabled={disabled} onChange={set} label={label} />;
    case "reference":
    case "references":
      return (
        <ReferenceSelect
          id={id}
          to={field.to}
          many={field.kind === "references"}
          value={value}
          shown={field.kind === "reference" && field.shown !== undefined && typeof values[field.shown] === "string" ? (values[field.shown] as string) : null}
          clearable={field.required !== true}
          disabled={disabled}
          label={label}
          onChange={(next, row) =>
            onChange({
              [field.name]: next,
              ...(field.kind === "reference" && field.shown !== undefined ? { [field.shown]: null } : {}),
              ...(field.kind === "reference" && field.takes !== undefined ? { [`${field.name}.${field.takes}`]: row?.[field.takes] ?? null } : {}),
            })
          }
        />
      );
    case "figures":
      return <Figures field={field} value={value} disabled={disabled} onChange={set} />;
    case "rows":
      return <RowsInput id={id} field={field} value={value} disabled={disabled} onChange={set} />;
    case "week":
      return <WeekInput id={id} value={value} disabled={disabled} onChange={set} />;
    case "pairs":
      return <PairsInput id={id} value={value} disabled={disabled} onChange={set} />;
    case "geometry":
      return <GeometryInput values={values} disabled={disabled} onChange={onChange} />;
    case "place":
      return <PlaceInput id={id} values={values} disabled={disabled} onChange={onChange} />;
  }
}

function ChoiceInput({ id, field, values, disabled, onChange, label }: { id: string; field: Extract<Field, { kind: "choice" | "choices" }>; values: Values; disabled: boolean; onChange: (next: unknown) => void; label: string }) {
  const value = values[field.name];
  const options = useChoices(field.list, "codesOf" in field ? field.codesOf(values) : field.codes);
  const many = field.kind === "choices";
  const numbers = options.length > 0 && options.every((option) => /^\d+$/.test(option.value));
  return (
    <Select
      id={id}
      {...(many ? { mode: "multiple" as const } : {})}
      value={many ? ((value as string[] | null) ?? []) : value == null ? null : String(value)}
      options={[...options]}
      allowClear={field.required !== true}
      disabled={disabled}
      aria-label={label}
      onChange={(next: unknown) => onChange(next == null ? null : numbers && !many ? Number(next) : next)}
    />
  );
}

/** A figure for each of some codes; a code without one is left out. */
function Figures({ field, value, disabled, onChange }: { field: Extract<Field, { kind: "figures" }>; value: unknown; disabled: boolean; onChange: (next: unknown) => void }) {
  const options = useChoices(field.list, field.codes);
  const figures = (value as Record<string, number> | null) ?? {};
  return (
    <div className="figures">
      {options.map((option) => (
        <span key={option.value} className="figures-one">
          <Checkbox
            checked={option.value in figures}
            disabled={disabled}
            onChange={(event) => onChange(Object.fromEntries(Object.entries({ ...figures, [option.value]: 30 }).filter(([code]) => code !== option.value || event.target.checked)))}
          >
            {option.label}
          </Checkbox>
          <InputNumber
            aria-label={option.label}
            min={1}
            value={figures[option.value] ?? null}
            disabled={disabled || !(option.value in figures)}
            {...(field.unit === undefined ? {} : { suffix: field.unit })}
            onChange={(next) => next !== null && onChange({ ...figures, [option.value]: next })}
          />
        </span>
      ))}
    </div>
  );
}
