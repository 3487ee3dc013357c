/** A list of small things within a thing, as a table: rows are added, taken out, moved, and opened for what a line has no room for. */
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, DownOutlined, PlusOutlined, RightOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "./FieldInput";
import { type Field, fieldsFor } from "./fields";
import type { Values } from "./noun";

interface RowsInputProps {
  readonly id: string;
  readonly field: Extract<Field, { kind: "rows" }>;
  readonly value: unknown;
  readonly disabled: boolean;
  readonly onChange: (value: readonly Values[]) => void;
}

const NOTHING_WRONG: ReadonlyMap<string, string> = new Map();

export function RowsInput({ id, field, value, disabled, onChange }: RowsInputProps) {
  const { t } = useTranslation();
  const rows = (value as readonly Values[] | null) ?? [];
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const columns = field.fields;
  const put = (at: number, change: Values): void => onChange(rows.map((row, other) => (other === at ? { ...row, ...change } : row)));
  const toggle = (at: number): void =>
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(at)) after.add(at);
      return after;
    });
  const move = (at: number, by: number): void => {
    const after = [...rows];
    const [taken] = after.splice(at, 1);
    if (taken !== undefined) after.splice(at + by, 0, taken);
    setOpen(new Set());
    onChange(after);
  };
  return (
    <div className="rows">
      {rows.length > 0 && (
        <div className="rows-frame" tabIndex={0} role="region" aria-label={t(`admin.field.${field.word ?? field.name}`)}>
          <table className="rows-table">
            <thead>
              <tr>
                {field.more !== undefined && (
                  <th>
                    <span className="unseen">{t("admin.more")}</span>
                  </th>
                )}
                {columns.map((column) => (
                  <th key={column.name} scope="col">
                    {t(`admin.field.${column.word ?? column.name}`)}
                  </th>
                ))}
                <th>
                  <span className="unseen">{t("admin.tools")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <Fragment key={at}>
                  <tr>
                    {field.more !== undefined && (
                      <td>
                        <Button
                          type="text"
                          size="small"
                          icon={open.has(at) ? <DownOutlined /> : <RightOutlined />}
                          aria-expanded={open.has(at)}
                          aria-label={t("admin.moreOfRow", { number: at + 1 })}
                          onClick={() => toggle(at)}
                        />
                      </td>
                    )}
                    {columns.map((column) => (
                      <td key={column.name} className={`cell-${column.kind}`}>
                        <div className="cell-label">
                          <FieldInput id={`${id}-${at}-${column.name}`} field={column} values={row} wrong={NOTHING_WRONG} disabled={disabled} onChange={(change) => put(at, change)} />
                        </div>
                      </td>
                    ))}
                    <td className="rows-tools">
                      {!disabled && (
                        <>
                          <Button type="text" size="small" icon={<ArrowUpOutlined />} disabled={at === 0} aria-label={t("admin.rowUp", { number: at + 1 })} onClick={() => move(at, -1)} />
                          <Button type="text" size="small" icon={<ArrowDownOutlined />} disabled={at === rows.length - 1} aria-label={t("admin.rowDown", { number: at + 1 })} onClick={() => move(at, 1)} />
                          <Button
                            type="text"
                            size="small"
                            icon={<DeleteOutlined />}
                            aria-label={t("admin.rowOut", { number: at + 1 })}
                            onClick={() => {
                              setOpen(new Set());
                              onChange(rows.filter((_, other) => other !== at));
                            }}
                          />
                        </>
                      )}
                    </td>
                  </tr>
                  {field.more !== undefined && open.has(at) && (
                    <tr className="rows-more">
                      <td colSpan={columns.length + 2}>
                        <div className="form-grid">
                          {fieldsFor(field.more, null, row).map((one) => (
                            <FieldInput key={one.name} id={`${id}-${at}-${one.name}`} field={one} values={row} wrong={NOTHING_WRONG} disabled={disabled} onChange={(change) => put(at, change)} />
                          ))}
                        </div>
                      </td>
                    </tr>
                  )}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!disabled && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => onChange([...rows, field.blank])}>
          {t("admin.addRow")}
        </Button>
      )}
    </div>
  );
}
