/** A page that broke: says so, and offers the one thing that helps. */
import { Button, Result } from "antd";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";

export function PageError() {
  const { t } = useTranslation();
  const error = useRouteError();
  const words = error instanceof Error ? error.message : String(error);
  // A page whose file is gone was built anew on the server: loading it again is the cure, and costs nothing.
  return (
    <Result
      status="error"
      title={t("page.broken")}
      subTitle={t("page.brokenHelp")}
      extra={
        <>
          <Button type="primary" onClick={() => window.location.reload()}>
            {t("page.reload")}
          </Button>
          <p className="quiet error-words">{words}</p>
        </>
      }
    />
  );
}
