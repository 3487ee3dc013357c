import { Button } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

const AT_ONCE = 50;

/** The first rows of a list that may be long, and the button that shows more of them. */
export function usePaged<T>(rows: readonly T[]): { shown: readonly T[]; more: ReactNode } {
  const { t } = useTranslation();
  const [most, setMost] = useState(AT_ONCE);
  const left = rows.length - most;
  const more = left > 0 && (
    <p className="rules-more">
      <Button onClick={() => setMost(most + AT_ONCE)}>{t("alarms.more", { count: left })}</Button>
    </p>
  );
  return { shown: rows.slice(0, most), more };
}
