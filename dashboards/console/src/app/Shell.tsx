/** The frame of every page behind sign-in: header, live line, counts by severity. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";
import { useCriticalCall } from "../alarms/useCriticalCall";
import { alarmsQuery } from "../api/queries";
import { useLive } from "../live/useLive";
import { countBySeverity } from "../severity/severity";
import { Brand } from "./Brand";
import { Connection } from "./Connection";
import { LineContext } from "./lineContext";
import { Nav } from "./Nav";
import { SearchButton } from "./SearchButton";
import { SeverityCounts } from "./SeverityCounts";
import { AppearanceSwitch, LanguageSwitch } from "./switches";
import { tellTitle } from "./title";
import { UnsavedGuard } from "./unsaved";
import { useFocusBack } from "./useFocusBack";
import { ViewerClock } from "./ViewerClock";
import { ViewerMenu } from "./ViewerMenu";

export function Shell() {
  const { t } = useTranslation();
  const line = useLive();
  const { pathname } = useLocation();
  useFocusBack();
  return (
    <LineContext value={line}>
      <div className="shell">
        <a className="skip-link" href="#content">
          {t("header.skip")}
        </a>
        <UnsavedGuard />
        <header className="header">
          <Brand />
          <OpenAlarms />
          <div className="header-right">
            <SearchButton />
            <Connection line={line} />
            <ViewerClock />
            <LanguageSwitch />
            <AppearanceSwitch />
            <ViewerMenu />
          </div>
        </header>
        <div className="shell-body">
          <Nav />
          <main id="content" className="content" tabIndex={-1} data-path={pathname}>
            <Outlet />
          </main>
        </div>
      </div>
    </LineContext>
  );
}

/** What is open, in numbers, in the tab's title and to be heard; apart, so that an alarm draws none of the frame anew. */
function OpenAlarms() {
  const { data: alarms } = useQuery(alarmsQuery("active"));
  const counts = useMemo(() => (alarms === undefined ? null : countBySeverity(alarms.filter((alarm) => alarm.state === "active"))), [alarms]);
  const unnoticed = useCriticalCall(alarms);
  const critical = counts?.critical ?? 0;

  useEffect(() => tellTitle({ critical, unnoticed }), [critical, unnoticed]);
  useEffect(() => () => tellTitle({ critical: 0, unnoticed: 0 }), []);
  return <SeverityCounts counts={counts} />;
}
