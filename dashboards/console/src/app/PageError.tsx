/** A page that broke: says so, and offers the one thing that helps. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { useTitle } from "./title";

export function PageError() {
  const { t } = useTranslation();
  useTitle(t("page.broken"));
  const error = useRouteError();
  // A page whose file is gone was built anew on the server: loading it again is the cure, and costs nothing.
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
