/** The pages, each loaded when it is first opened. */
import { createBrowserRouter } from "react-router";
import { HomePage } from "./HomePage";
import { page } from "./LatePage";
import { PageError } from "./PageError";
import { PageLoading } from "./PageLoading";
import { Shell } from "./Shell";
import { SessionGate } from "../session/SessionGate";

export const router = createBrowserRouter([
  {
    path: "/login",
    lazy: page(async () => (await import("../session/LoginPage")).LoginPage),
    HydrateFallback: PageLoading,
    ErrorBoundary: PageError,
  },
  {
    path: "/invite/:token",
    lazy: page(async () => (await import("../session/InvitePage")).InvitePage),
    HydrateFallback: PageLoading,
    ErrorBoundary: PageError,
  },
  {
    path: "/password/:token",
    lazy: page(async () => (await import("../session/PasswordPage")).PasswordPage),
    HydrateFallback: PageLoading,
    ErrorBoundary: PageError,
  },
  {
    path: "/signed-in",
    lazy: page(async () => (await import("../session/SignedInPage")).SignedInPage),
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
            lazy: page(async () => (await import("../overview/OverviewPage")).OverviewPage),
            ErrorBoundary: PageError,
          },
          {
            path: "/alarms",
            lazy: page(async () => (await import("../desk/DeskPage")).DeskPage),
            ErrorBoundary: PageError,
          },
          {
            path: "/alarms/:alarmId",
            lazy: page(async () => (await import("../diagnosis/DiagnosisPage")).DiagnosisPage),
            ErrorBoundary: PageError,
          },
          {
            path: "/machines",
            lazy: page(async () => (await import("../machine_page/MachinesPage")).MachinesPage),
            ErrorBoundary: PageError,
          },
          {
            path: "/machines/:machineId",
            lazy: page(async () => (await import("../machine_page/MachinePage")).MachinePage),
            ErrorBoundary: PageError,
          },
          {
            path: "/live",
            lazy: page(async () => (await import("../live_page/LivePage")).LivePage),
            ErrorBoundary: PageError,
          },
          {
            path: "/shift",
            lazy: page(async () => (await import("../shift/ShiftPage")).ShiftPage),
            ErrorBoundary: PageError,
          },
          {
            path: "/rules/*",
            lazy: page(async () => (await import("../rules/RulesPage")).RulesPage),
            ErrorBoundary: PageError,
          },
          {
            path: "/trust",
            lazy: page(async () => (await import("../trust/TrustPage")).TrustPage),
            ErrorBoundary: PageError,
          },
          {
            path: "/mine/*",
            lazy: page(async () => (await import("../mine/MinePage")).MinePage),
            ErrorBoundary: PageError,
          },
          {
            path: "/admin/*",
            lazy: page(async () => (await import("../admin/AdminPage")).AdminPage),
            ErrorBoundary: PageError,
          },
          {
            path: "/account",
            lazy: page(async () => (await import("../account/AccountPage")).AccountPage),
            ErrorBoundary: PageError,
          },
          { path: "*", lazy: page(async () => (await import("./NotFoundPage")).NotFoundPage) },
        ],
      },
    ],
  },
]);
