/** The pages, each loaded when it is first opened. */
import { createBrowserRouter } from "react-router";
import { HomePage } from "./HomePage";
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
          { index: true, element: <HomePage /> },
          {
            path: "/overview",
            lazy: async () => ({ Component: (await import("../overview/OverviewPage")).OverviewPage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/alarms",
            lazy: async () => ({ Component: (await import("../desk/DeskPage")).DeskPage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/alarms/:alarmId",
            lazy: async () => ({ Component: (await import("../diagnosis/DiagnosisPage")).DiagnosisPage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/machines",
            lazy: async () => ({ Component: (await import("../machine_page/MachinesPage")).MachinesPage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/machines/:machineId",
            lazy: async () => ({ Component: (await import("../machine_page/MachinePage")).MachinePage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/live",
            lazy: async () => ({ Component: (await import("../live_page/LivePage")).LivePage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/shift",
            lazy: async () => ({ Component: (await import("../shift/ShiftPage")).ShiftPage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/rules/*",
            lazy: async () => ({ Component: (await import("../rules/RulesPage")).RulesPage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/trust",
            lazy: async () => ({ Component: (await import("../trust/TrustPage")).TrustPage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/mine/*",
            lazy: async () => ({ Component: (await import("../mine/MinePage")).MinePage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/admin/*",
            lazy: async () => ({ Component: (await import("../admin/AdminPage")).AdminPage }),
            ErrorBoundary: PageError,
          },
          {
            path: "/account",
            lazy: async () => ({ Component: (await import("../account/AccountPage")).AccountPage }),
            ErrorBoundary: PageError,
          },
          { path: "*", lazy: async () => ({ Component: (await import("./NotFoundPage")).NotFoundPage }) },
        ],
      },
    ],
  },
]);
