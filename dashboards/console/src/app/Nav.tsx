/** The way between pages: a rail beside the content on a desk, which can be made narrow; a bar under it on a phone. */
import {
  AlertOutlined,
  AreaChartOutlined,
  CodeOutlined,
  DashboardOutlined,
  EllipsisOutlined,
  HomeOutlined,
  MenuFoldOutlined,
  MenuUnfoldOutlined,
  ProfileOutlined,
  RadarChartOutlined,
  SafetyCertificateOutlined,
  ScheduleOutlined,
  SettingOutlined,
} from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Dropdown, Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useLocation, useNavigate } from "react-router";
import { sessionQuery } from "../api/queries";
import { boardAddress } from "./grafana";
import { GrafanaLink, useGrafana } from "./GrafanaLink";
import { type Page, pagesOf } from "./pages";
import { setPreferences, usePreferences } from "./preferences";
import { useMedia } from "./useMedia";

export const PAGE_ICONS: Readonly<Record<Page["path"], ReactNode>> = {
  "/mine": <HomeOutlined />,
  "/overview": <DashboardOutlined />,
  "/alarms": <AlertOutlined />,
  "/machines": <ProfileOutlined />,
  "/live": <RadarChartOutlined />,
  "/shift": <ScheduleOutlined />,
  "/rules": <CodeOutlined />,
  "/trust": <SafetyCertificateOutlined />,
  "/admin": <SettingOutlined />,
};
const ON_A_PHONE = 4; // besides "more": what a thumb can tell apart

export function Nav() {
  const { t } = useTranslation();
  const phone = useMedia("(max-width: 899px)");
  const { narrow } = usePreferences();
  const { data: me } = useQuery(sessionQuery);
  if (!me) return null;
  const pages = pagesOf(me);
  const shown = phone && pages.length > ON_A_PHONE + 1 ? pages.slice(0, ON_A_PHONE) : pages;
  const wordless = narrow && !phone;
  return (
    <nav className={wordless ? "nav nav-narrow" : "nav"} aria-label={t("nav.label")}>
      {shown.map((page) => (
        <Tooltip key={page.path} placement="right" mouseEnterDelay={0.4} title={phone ? "" : wordless ? t(`nav.${page.name}`) : t(`nav.help.${page.name}`)}>
          <NavLink to={page.path} className="nav-link" aria-label={wordless ? t(`nav.${page.name}`) : undefined}>
            {PAGE_ICONS[page.path]}
            {!wordless && <span>{t(`nav.${page.name}`)}</span>}
          </NavLink>
        </Tooltip>
      ))}
      {shown.length < pages.length && <More pages={pages.slice(shown.length)} />}
      {!phone && <GrafanaLink className="nav-link nav-grafana" />}
      {!phone && <Fold narrow={narrow} />}
    </nav>
  );
}

function Fold({ narrow }: { narrow: boolean }) {
  const { t } = useTranslation();
  const words = narrow ? t("nav.widen") : t("nav.fold");
  return (
    <button type="button" className="nav-link nav-fold" aria-label={words} title={words} onClick={() => setPreferences({ narrow: !narrow })} data-testid="nav-fold">
      {narrow ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
    </button>
  );
}

const GRAFANA = "grafana";

function More({ pages }: { pages: readonly Page[] }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const { pathname } = useLocation();
  const grafana = useGrafana();
  const items = [
    ...pages.map((page) => ({ key: page.path as string, icon: PAGE_ICONS[page.path], label: t(`nav.${page.name}`) })),
    ...(grafana === null ? [] : [{ key: GRAFANA, icon: <AreaChartOutlined />, label: t("grafana.name") }]),
  ];
  const open = (key: string): void => {
    if (key === GRAFANA && grafana !== null) window.open(boardAddress(grafana, {}), "_blank", "noopener");
    else void go(key);
  };
  const here = pages.find((page) => pathname.startsWith(page.path));
  return (
    <Dropdown trigger={["click"]} placement="topRight" menu={{ items, selectedKeys: here ? [here.path] : [], onClick: ({ key }) => open(key) }}>
      <button type="button" className={here ? "nav-link active" : "nav-link"} aria-label={here ? undefined : t("nav.moreLabel")}>
        <EllipsisOutlined />
        <span>{here ? t(`nav.${here.name}`) : t("nav.more")}</span>
      </button>
    </Dropdown>
  );
}
