import { useTranslation } from "react-i18next";
import { Time } from "../app/Time";

/** From when until when; `to` null: until now. */
export function SpanWords({ from, to }: { from: string | number; to: string | number | null }) {
  const { t } = useTranslation();
  return (
    <>
      <Time at={from} whole /> – {to === null ? t("shift.span.now") : <Time at={to} whole />}
    </>
  );
}
