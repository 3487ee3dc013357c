/** Language and light or dark. */
import { MoonOutlined, SunOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { App, Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { keepInAccount, sessionQuery } from "../api/queries";
import { languageOf } from "../session/account";
import { problemWords } from "../session/problemWords";
import { setPreferences, usePreferences } from "./preferences";

export function LanguageSwitch() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { language } = usePreferences();
  const { data: me } = useQuery({ ...sessionQuery, enabled: false });
  const other = language === "zh-CN" ? "en-US" : "zh-CN";
  // Each language is named in itself: whoever cannot read the page can still find the way out.
  const name = other === "zh-CN" ? "中文" : "English";
  const choose = async (): Promise<void> => {
    setPreferences(me ? { language: other } : { language: other, browserLanguage: other });
    try {
      await keepInAccount({ language: languageOf(other) });
    } catch (error) {
      void message.error(problemWords(error, t));
    }
  };
  return (
    <Button className="switch" lang={other} data-testid="language" onClick={() => void choose()}>
      {name}
    </Button>
  );
}

export function AppearanceSwitch() {
  const { t } = useTranslation();
  const dark = usePreferences().appearance === "dark";
  const words = dark ? t("header.toLight") : t("header.toDark");
  return (
    <Tooltip title={words}>
      <Button
        className="switch"
        aria-label={words}
        data-testid="appearance"
        icon={dark ? <SunOutlined /> : <MoonOutlined />}
        onClick={() => setPreferences({ appearance: dark ? "light" : "dark" })}
      />
    </Tooltip>
  );
}
