/** Lets signed-in people through and sends the others to the sign-in page, and back afterwards. */
import { useQuery } from "@tanstack/react-query";
import { Button, Result } from "antd";
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
      <Result
        status="warning"
        title={t("problem.unreachable")}
        subTitle={t("problem.unreachableHelp")}
        extra={
          <Button type="primary" loading={session.isFetching} onClick={() => void session.refetch()}>
            {t("action.tryAgain")}
          </Button>
        }
      />
    );
  if (session.data === null) return <Navigate to="/login" replace state={{ from: location.pathname + location.search }} />;
  return <Outlet />;
}
