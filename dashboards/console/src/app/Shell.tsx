/** The frame of every page behind sign-in: header, live line, counts by severity. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Outlet } from "react-router";
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
import { ViewerClock } from "./ViewerClock";
import { ViewerMenu } from "./ViewerMenu";

export function Shell() {
  const { t } = useTranslation();
  const line = useLive();
  const alarms = useQuery(alarmsQuery("active"));
  const counts = countBySeverity((alarms.data ?? []).filter((alarm) => alarm.state === "active"));
  const unnoticed = useCriticalCall(alarms.data);

  useEffect(() => tellTitle({ critical: counts.critical, unnoticed }), [counts.critical, unnoticed]);
  useEffect(() => () => tellTitle({ critical: 0, unnoticed: 0 }), []);

  return (
    <LineContext value={line}>
      <div className="shell">
        <a className="skip-link" href="#content">
          {t("header.skip")}
        </a>
        <header className="header">
          <Brand />
          <SeverityCounts counts={alarms.data === undefined ? null : counts} />
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
          <main id="content" className="content" tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
    </LineContext>
  );
}
