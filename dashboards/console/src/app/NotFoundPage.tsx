import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useTitle } from "./title";

export function NotFoundPage() {
  const { t } = useTranslation();
  useTitle(t("page.notFound"));
  return (
    <div className="notice notice-page">
      <h1>{t("page.notFound")}</h1>
      <p className="notice-help">{t("page.notFoundHelp")}</p>
      <Link to="/">{t("page.toStart")}</Link>
    </div>
  );
}
