import { useTranslation } from "react-i18next";
import { Link } from "react-router";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <div className="notice notice-page">
      <h1>{t("page.notFound")}</h1>
      <p className="notice-help">{t("page.notFoundHelp")}</p>
      <Link to="/live">{t("page.toLive")}</Link>
    </div>
  );
}
