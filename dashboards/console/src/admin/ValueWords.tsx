/** Any member's value in few words: of lists and objects what they hold, cut where it is long. */
import { useTranslation } from "react-i18next";
import { Time } from "../app/Time";
import { Nothing } from "./Words";

const MOST = 160;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export function ValueWords({ value }: { value: unknown }) {
  const { t } = useTranslation();
  if (value === null || value === undefined || value === "") return <Nothing />;
  if (typeof value === "boolean") return <>{value ? t("admin.yes") : t("admin.no")}</>;
  if (typeof value === "number") return <span className="figure">{value}</span>;
  if (typeof value === "string") return INSTANT.test(value) ? <Time at={value} whole /> : <>{cut(value)}</>;
  if (Array.isArray(value) && value.every((one) => typeof one === "string" || typeof one === "number")) return <>{cut(value.join(", "))}</>;
  const whole = JSON.stringify(value, null, 1);
  return (
    <details className="value-more">
      <summary>{Array.isArray(value) ? t("admin.entries", { count: value.length }) : t("admin.details")}</summary>
      <pre>{whole}</pre>
    </details>
  );
}

function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
