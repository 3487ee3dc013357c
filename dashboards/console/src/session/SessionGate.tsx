/** Lets signed-in people through and sends the others to the sign-in page, and back afterwards. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, useLocation } from "react-router";
import { sessionQuery } from "../api/queries";
import { PageLoading } from "../app/PageLoading";

export function SessionGate() {
  const { t } = useTranslation();
  const location = useLocation();
  const session = useQuery(sessionQuery);
  if (session.isPending) return <PageLoading />;
  if (session.data === undefined)
    return (
      <main className="notice notice-page" role="alert">
        <h1>{t("problem.unreachable")}</h1>
        <p className="notice-help">{t("problem.unreachableHelp")}</p>
        <Button type="primary" loading={session.isFetching} onClick={() => void session.refetch()}>
          {t("action.tryAgain")}
        </Button>
      </main>
    );
  if (session.data === null) return <Navigate to="/login" replace state={{ from: location.pathname + location.search }} />;
  return <Outlet />;
}
