/** A form by description: fields, what the platform finds wrong beside each, save and back. */
import { Alert, Button } from "antd";
import { type FormEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { useUnsaved } from "../app/unsaved";
import { browserZone } from "../format/time";
import { problemWords } from "../session/problemWords";
import { FieldInput } from "./FieldInput";
import { afterChange, type Field, fieldsFor, membersOf, same, valuesOf, wrongByMember } from "./fields";
import type { Row, Values } from "./noun";

interface ThingFormProps {
  readonly fields: readonly Field[];
  readonly row: Row | null;
  /** The row as the form's values; its own members when left out. */
  readonly shown?: Values;
  /** What a new thing begins with. */
  readonly blank: Values;
  readonly error: unknown;
  readonly pending: boolean;
  readonly readOnly?: boolean;
  readonly extra?: ReactNode;
  readonly save?: string;
  readonly onSave: (values: Values) => void;
  readonly onCancel?: () => void;
}

export function ThingForm({ fields, row, shown, blank, error, pending, readOnly = false, extra, save, onSave, onCancel }: ThingFormProps) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const [first] = useState(() => firstOf(fields, row, shown ?? row ?? blank)); // another row has another key
  const [names] = useState(() => namesOf(fields, row));
  const [values, setValues] = useState<Values>({ ...names, ...first });
  const [missing, setMissing] = useState<ReadonlyMap<string, string>>(new Map());
  const asked = fieldsFor(fields, row, values);
  const refused = useMemo(() => {
    if (error === null || error === undefined) return new Map<string, string>();
    const errors = error instanceof ApiError ? error.errors : [];
    return wrongByMember(errors, new Set(fields.flatMap(membersOf)));
  }, [error, fields]);
  const wrong = missing.size > 0 ? missing : refused;
  const dirty = Object.keys(first).some((name) => !same(first[name], values[name]));
  useUnsaved(dirty && !readOnly && !pending);
  const general = error === null || error === undefined ? null : (refused.get("") ?? (refused.size > 0 ? null : error instanceof ApiError && error.status === 412 ? null : problemWords(error, t)));

  useEffect(() => {
    if (wrong.size > 0) form.current?.querySelector("[data-field-error]")?.scrollIntoView({ block: "nearest" });
  }, [wrong]);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const empty = asked.filter((field) => field.required === true && (values[field.name] == null || values[field.name] === ""));
    setMissing(new Map(empty.map((field) => [field.name, t("admin.missing")])));
    if (empty.length > 0) return;
    const members = asked.flatMap(membersOf);
    onSave(Object.fromEntries(members.map((name) => [name, values[name]])));
  };
  return (
    <form ref={form} className="thing-form" onSubmit={submit} noValidate>
      {readOnly && <p className="quiet">{t("admin.readOnly")}</p>}
      <div className="form-grid">
        {asked.map((field) => (
          <FieldInput
            key={field.name}
            id={`field-${field.name}`}
            field={field}
            values={values}
            wrong={wrong}
            disabled={readOnly || pending}
            onChange={(change) => {
              setMissing(new Map());
              setValues((before) => afterChange(fields, before, change));
            }}
          />
        ))}
      </div>
      {general !== null && general !== undefined && <Alert type="error" showIcon role="alert" className="form-problem" title={general} />}
      {(!readOnly || extra) && (
        <div className="form-tools">
          {!readOnly && (
            <Button type="primary" htmlType="submit" loading={pending} disabled={row !== null && !dirty}>
              {save ?? (row === null ? t("admin.make") : t("admin.save"))}
            </Button>
          )}
          {!readOnly && onCancel !== undefined && <Button onClick={onCancel}>{t("admin.cancel")}</Button>}
          {extra !== undefined && extra !== null && <span className="form-extra">{extra}</span>}
        </div>
      )}
    </form>
  );
}

/** What the form begins with: of something new the viewer's own zone. */
function firstOf(fields: readonly Field[], row: Row | null, members: Row | Values): Values {
  const values = valuesOf(fields, members);
  if (row !== null) return values;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? (fields.some((field) => field.name === name && field.kind === "zone") ? browserZone() : null)]));
}

/** How the things that references lead to are called, where the row itself says so. */
function namesOf(fields: readonly Field[], row: Row | null): Values {
  const members = (row ?? {}) as Values;
  return Object.fromEntries(fields.flatMap((field) => (field.kind === "reference" && field.shown !== undefined ? [[field.shown, members[field.shown] ?? null]] : [])));
}
