/** The pages, each loaded when it is first opened. */
import { createBrowserRouter, Navigate } from "react-router";
import { PageError } from "./PageError";
import { PageLoading } from "./PageLoading";
import { Shell } from "./Shell";
import { SessionGate } from "../session/SessionGate";

export const router = createBrowserRouter([
  {
    path: "/login",
    lazy: async () => ({ Component: (await import("../session/LoginPage")).LoginPage }),
    HydrateFallback: PageLoading,
    ErrorBoundary: PageError,
  },
  {
    path: "/invite/:token",
    lazy: async () => ({ Component: (await import("../session/InvitePage")).InvitePage }),
    HydrateFallback: PageLoading,
    ErrorBoundary: PageError,
  },
  {
    path: "/password/:token",
    lazy: async () => ({ Component: (await import("../session/PasswordPage")).PasswordPage }),
    HydrateFallback: PageLoading,
    ErrorBoundary: PageError,
  },
  {
    path: "/signed-in",
    lazy: async () => ({ Component: (await import("../session/SignedInPage")).SignedInPage }),
    HydrateFallback: PageLoading,
    ErrorBoundary: PageError,
  },
  {
    element: <SessionGate />,
    ErrorBoundary: PageError,
    HydrateFallback: PageLoading,
    children: [
      {
        element: <Shell />,
        children: [
          { index: true, element: <Navigate to="/live" replace /> },
          {
            path: "/live",
            lazy: async () => ({ Component: (await import("../live_page/LivePage")).LivePage }),
            ErrorBoundary: PageError,
          },
          { path: "*", lazy: async () => ({ Component: (await import("./NotFoundPage")).NotFoundPage }) },
        ],
      },
    ],
  },
]);
