/** Who is signed in, the way to their account, and the way out. */
import { ColumnWidthOutlined, FieldTimeOutlined, LogoutOutlined, UserOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { App, Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { changeViewer, keepInAccount, sessionQuery, signOut } from "../api/queries";
import { browserZone, shownZone } from "../format/time";
import { problemWords } from "../session/problemWords";
import { setPreferences, usePreferences } from "./preferences";

export function ViewerMenu() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const go = useNavigate();
  const { data: me } = useQuery(sessionQuery);
  const { units } = usePreferences(); // the zone is among them, too
  if (!me) return null;
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      void message.error(problemWords(error, t));
    }
  };
  const leave = async (): Promise<void> => {
    await signOut();
    changeViewer(null);
  };
  const here = browserZone();
  const takeZone = async (): Promise<void> => {
    setPreferences({ timeZone: here });
    await keepInAccount({ time_zone: here });
  };
  const other = units === "metric" ? "imperial" : "metric";
  const takeUnits = async (): Promise<void> => {
    setPreferences({ units: other });
    await keepInAccount({ units: other });
  };
  const items = [
    {
      key: "who",
      disabled: true,
      label: (
        <span>
          {me.login} · {me.organisation.name}
        </span>
      ),
    },
    { type: "divider" as const },
    { key: "account", icon: <UserOutlined />, label: t("account.title"), onClick: () => void go("/account") },
    ...(shownZone() === here
      ? []
      : [{ key: "zone", icon: <FieldTimeOutlined />, label: t("header.takeZone", { zone: here }), onClick: () => void attempt(takeZone) }]),
    { key: "units", icon: <ColumnWidthOutlined />, label: t(`header.units.${other}`), onClick: () => void attempt(takeUnits) },
    { key: "leave", icon: <LogoutOutlined />, label: t("header.leave"), onClick: () => void attempt(leave) },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]} placement="bottomRight">
      <Button className="switch" icon={<UserOutlined />} aria-label={t("header.viewer", { name: me.login })} data-testid="viewer" />
    </Dropdown>
  );
}
