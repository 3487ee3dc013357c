/** A page that broke: says so, and offers the one thing that helps; one of which a piece did not come waits for it. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { isMissingPiece, loadAnew, useServerAnswers } from "./missingPiece";
import { useTitle } from "./title";

export function PageError() {
  const error = useRouteError();
  const [isWaiting, setWaiting] = useState(isMissingPiece(error));
  useServerAnswers(isWaiting, () => void (loadAnew() || setWaiting(false)));
  return isWaiting ? <Missing /> : <Broken error={error} />;
}

/** The platform does not answer, so the page cannot be shown. */
export function Missing() {
  const { t } = useTranslation();
  useTitle(t("page.missing"));
  return (
    <div className="notice notice-page" role="alert" data-testid="page-missing">
      <h1>{t("page.missing")}</h1>
      <p className="notice-help">{t("page.missingHelp")}</p>
    </div>
  );
}

export function Broken({ error }: { error: unknown }) {
  const { t } = useTranslation();
  useTitle(t("page.broken"));
  return (
    <div className="notice notice-page" role="alert">
      <h1>{t("page.broken")}</h1>
      <p className="notice-help">{t("page.brokenHelp")}</p>
      <Button type="primary" onClick={() => window.location.reload()}>
        {t("page.reload")}
      </Button>
      <Link to="/">{t("page.toStart")}</Link>
      <p className="quiet error-words">{error instanceof Error ? error.message : String(error)}</p>
    </div>
  );
}
