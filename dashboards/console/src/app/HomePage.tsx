import { useQuery } from "@tanstack/react-query";
import { Navigate } from "react-router";
import { sessionQuery } from "../api/queries";
import { pagesOf } from "./pages";

/** Where the viewer's work begins. */
export function HomePage() {
  const { data: me } = useQuery(sessionQuery);
  return <Navigate to={me ? pagesOf(me)[0]!.path : "/live"} replace />;
}
