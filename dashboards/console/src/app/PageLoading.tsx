import { useTranslation } from "react-i18next";

/** What stands in the page's place while its code or the session is on its way: nothing that moves. */
export function PageLoading() {
  const { t } = useTranslation();
  return (
    <div className="page-loading" role="status">
      {t("page.loading")}
    </div>
  );
}
