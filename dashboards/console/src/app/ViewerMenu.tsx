/** Who is signed in, and the way out. */
import { LogoutOutlined, UserOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { App, Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { changeViewer, sessionQuery, signOut } from "../api/queries";
import { problemWords } from "../session/problemWords";

export function ViewerMenu() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { data: me } = useQuery(sessionQuery);
  if (!me) return null;
  const leave = async (): Promise<void> => {
    try {
      await signOut();
      changeViewer(null);
    } catch (error) {
      void message.error(problemWords(error, t));
    }
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
    { key: "leave", icon: <LogoutOutlined />, label: t("header.leave"), onClick: () => void leave() },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]} placement="bottomRight">
      <Button className="switch" icon={<UserOutlined />} aria-label={t("header.viewer", { name: me.login })} data-testid="viewer" />
    </Dropdown>
  );
}
