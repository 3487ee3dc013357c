import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemWords } from "../session/problemWords";

/** An empty place that says why it is empty and what to do. */
export function EmptyNotice({ title, help, children }: { title: string; help: string; children?: ReactNode }) {
  return (
    <div className="notice" role="status">
      <p className="notice-title">{title}</p>
      <p className="notice-help">{help}</p>
      {children}
    </div>
  );
}

/** Something could not be fetched: what it means and a way to try again. */
export function ErrorNotice({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="notice" role="alert">
      <p className="notice-title">{t("problem.notLoaded")}</p>
      <p className="notice-help">{problemWords(error, t)}</p>
      <Button onClick={retry}>{t("action.tryAgain")}</Button>
    </div>
  );
}
