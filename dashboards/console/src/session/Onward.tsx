/** Goes on to a page of this console, or to one that the API makes itself, such as a work brief. */
import { useEffect } from "react";
import { Navigate } from "react-router";
import { PageLoading } from "../app/PageLoading";

export function Onward({ to }: { readonly to: string }) {
  const isMadeByApi = to.startsWith("/api/");
  useEffect(() => {
    if (isMadeByApi) window.location.replace(to);
  }, [isMadeByApi, to]);
  return isMadeByApi ? <PageLoading /> : <Navigate to={to} replace />;
}
