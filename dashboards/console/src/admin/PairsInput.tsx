/** What a company's provider says of a person -> the role that it gives. */
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChoices } from "./Words";

interface PairsInputProps {
  readonly id: string;
  readonly value: unknown;
  readonly disabled: boolean;
  readonly onChange: (value: Record<string, string>) => void;
}

export function PairsInput({ id, value, disabled, onChange }: PairsInputProps) {
  const { t } = useTranslation();
  const roles = useChoices("roles", undefined);
  const [pairs, setPairs] = useState<readonly (readonly [string, string])[]>(() => Object.entries((value as Record<string, string> | null) ?? {}));
  const put = (next: readonly (readonly [string, string])[]): void => {
    setPairs(next);
    onChange(Object.fromEntries(next.filter(([claim]) => claim !== "")));
  };
  return (
    <div className="pairs">
      {pairs.map(([claim, role], at) => (
        <span key={at} className="pair">
          <Input id={`${id}-${at}`} value={claim} disabled={disabled} aria-label={t("admin.claim")} onChange={(event) => put(pairs.map((pair, other) => (other === at ? [event.target.value, role] : pair)))} />
          <Select value={role} options={[...roles]} disabled={disabled} aria-label={t("admin.field.role")} onChange={(next: string) => put(pairs.map((pair, other) => (other === at ? [claim, next] : pair)))} />
          {!disabled && <Button type="text" icon={<DeleteOutlined />} aria-label={t("admin.rowOut", { number: at + 1 })} onClick={() => put(pairs.filter((_, other) => other !== at))} />}
        </span>
      ))}
      {!disabled && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => put([...pairs, ["", "operator"]])}>
          {t("admin.addRow")}
        </Button>
      )}
    </div>
  );
}
